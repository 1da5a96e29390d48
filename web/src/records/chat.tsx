/** What the chat has of records: loaded when it is needed, with its words. */
import type { Room } from "matrix-js-sdk";
import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import { addWordsNow } from "../i18n";
import { recordWords } from "./words";

/** The state event that says whether a room is recorded. */
export const RECORDING = "org.roomkeeper.recording";
/** The account data by which one is told that something was shared. */
export const SHARED = "org.roomkeeper.shared_records";
export type Recording = { recorded: boolean; consent: string };

export function recordingOf(room: Room): Recording | null {
  const content = room.currentState.getStateEvents(RECORDING, "")?.getContent();
  return content === undefined || Object.keys(content).length === 0 ? null : { recorded: content["recorded"] === true, consent: String(content["consent"] ?? "none") };
}

function later<Props>(load: () => Promise<{ default: ComponentType<Props> }>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    await addWordsNow(recordWords);
    return load();
  });
}

export const RecordPage = later<{ recordId: string }>(() => import("./RecordPage"));
export const SharedRecords = later<{ openId: string | undefined }>(() => import("./SharedRecords"));
export const RecordingMark = later<{ room: Room }>(() => import("./RecordingMark"));
export const ConsentCard = later<{ room: Room }>(() => import("./ConsentCard"));
