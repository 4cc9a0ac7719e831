import { env, pipeline } from "@huggingface/transformers";
const [folder, name, ...texts] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = folder;
const extract = await pipeline("feature-extraction", name, { dtype: "q8", subfolder: "", device: "cpu" });
const made = await extract(texts, { pooling: "mean", normalize: true });
console.log(JSON.stringify(made.tolist()));
