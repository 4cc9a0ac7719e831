(content) => {
    if (!content) return [];
    const blob = new Blob(["\ufeff" + content], {type: "text/csv;charset=utf-8"});
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob); link.download = "predictions.csv";
    document.body.append(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return [];
}
