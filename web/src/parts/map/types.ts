import type { Area } from "../../safety/types";

export type Tone = "event" | "handled" | "over" | "person" | "me" | "place";
/** An area on a map; `onOpen` of the map is called with its id. */
export type Shape = { id: string; area: Area | string; label: string; tone: Tone };
/** `name` stands beside it. */
export type Pin = { id: string; latitude: number; longitude: number; accuracy?: number; label: string; tone: Tone; name?: string };

export type MapProps = {
  /** What the map shows, for those who do not see it. */
  label: string;
  shapes?: readonly Shape[];
  pins?: readonly Pin[];
  /** Another value: go where all of it is to be seen. */
  fit?: string;
  onOpen?: (id: string) => void;
  /** One may choose a place. */
  onPick?: (latitude: number, longitude: number) => void;
};
