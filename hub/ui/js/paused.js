// Run and Pause at once, before the server has stopped: Gradio takes updates of components from scripts, too.
() => [
    {__type__: "update", variant: "primary"},
    {__type__: "update", variant: "secondary", interactive: false},
]
