import "./console.css";
import "./operations/operations.css";
import "./handover/handover.css";
import "./screening/screening.css";
import "./records/records.css";
import { addWords } from "../i18n";
import { recordWords } from "../records/words";
import { start } from "../start";
import { Console } from "./Console";

addWords(async (language) => (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default);
addWords(async (language) => (language === "zh" ? await import("./operations/words/zh.json") : await import("./operations/words/en.json")).default);
addWords(async (language) => (language === "zh" ? await import("./handover/words/zh.json") : await import("./handover/words/en.json")).default);
addWords(async (language) => (language === "zh" ? await import("./screening/words/zh.json") : await import("./screening/words/en.json")).default);
addWords(async (language) => (language === "zh" ? await import("./records/words/zh.json") : await import("./records/words/en.json")).default);
addWords(recordWords);
await start(<Console />);
