/** What the chat has of safety: loaded when it is needed, with its words. */
import type { Room } from "matrix-js-sdk";
import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import { addWordsNow } from "../i18n";
import { safetyWords } from "./words";

function later<Props>(load: () => Promise<{ default: ComponentType<Props> }>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    await addWordsNow(safetyWords);
    return load();
  });
}

export const SafetyPage = later<object>(() => import("./SafetyPage"));
export const Raise = later<{ onClose: () => void }>(() => import("./Raise"));
export const EventAsk = later<{ room: Room }>(() => import("./EventAsk"));
export const EventBar = later<{ room: Room; isMap: boolean }>(() => import("./EventBar"));
export const EventPanel = later<{ room: Room }>(() => import("./EventPanel"));
