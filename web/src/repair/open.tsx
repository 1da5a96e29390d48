/** What the chat has of reports of trouble: loaded when it is needed, with its words. */
import { lazy } from "react";
import { addWordsNow } from "../i18n";
import { repairWords } from "./words";

export const ReportProblem = lazy(async () => {
  await addWordsNow(repairWords);
  return import("./ReportProblem");
});
