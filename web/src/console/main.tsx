import "./console.css";
import "./operations/operations.css";
import { addWords } from "../i18n";
import { start } from "../start";
import { Console } from "./Console";

addWords(async (language) => (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default);
addWords(async (language) => (language === "zh" ? await import("./operations/words/zh.json") : await import("./operations/words/en.json")).default);
await start(<Console />);
