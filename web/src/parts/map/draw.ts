/** Areas and pins on a map. */
import type { MultiPolygon } from "geojson";
import * as L from "leaflet";
import type { Area } from "../../safety/types";
import type { Pin, Shape } from "./types";

const LEAST_ACCURACY_M = 20;

/** Put them on it; gives what takes them away again. */
export function draw(map: L.Map, shapes: readonly Shape[], pins: readonly Pin[], onOpen: (id: string) => void, isOpenable: boolean): () => void {
  const group = L.featureGroup().addTo(map);
  for (const shape of shapes) {
    for (const layer of layersOf(shape)) layer.on("click", (event) => isOpenable && (L.DomEvent.stop(event), onOpen(shape.id))).addTo(group);
    if (isOpenable) mark({ id: shape.id, ...middleOf(shape), label: shape.label, tone: shape.tone }, () => onOpen(shape.id)).addTo(group);
  }
  for (const pin of pins) {
    if ((pin.accuracy ?? 0) > LEAST_ACCURACY_M) L.circle([pin.latitude, pin.longitude], { radius: pin.accuracy ?? 0, className: "map-accuracy", interactive: false }).addTo(group);
    mark(pin, null).addTo(group);
  }
  return () => group.remove();
}

/** Where all of it is to be seen. */
export function boundsOf(shapes: readonly Shape[], pins: readonly Pin[]): L.LatLngBounds {
  const bounds = L.latLngBounds([]);
  for (const shape of shapes) for (const [latitude, longitude] of outlineOf(shape)) bounds.extend([latitude, longitude]);
  for (const pin of pins) bounds.extend([pin.latitude, pin.longitude]);
  return bounds;
}

/** Something with a name that one can point at, and open with the keyboard where it leads somewhere. */
function mark(pin: Pin, onOpen: (() => void) | null): L.Marker {
  const marker = L.marker([pin.latitude, pin.longitude], { icon: L.divIcon({ className: `map-pin map-${pin.tone}`, iconSize: [onOpen ? 44 : 24, onOpen ? 44 : 24] }), interactive: onOpen !== null, keyboard: onOpen !== null });
  marker.on("add", () => {
    const element = marker.getElement();
    element?.setAttribute("aria-label", pin.label);
    element?.setAttribute("title", pin.label);
    element?.setAttribute("role", onOpen ? "button" : "img");
  });
  if (onOpen) marker.on("click keypress", (event) => (event.type === "click" || ["Enter", " "].includes((event as L.LeafletKeyboardEvent).originalEvent.key)) && onOpen());
  if (pin.name) marker.bindTooltip(escaped(pin.name), { permanent: true, direction: "top", offset: [0, -10] });
  return marker;
}

function escaped(text: string): HTMLElement {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder;
}

function layersOf({ area, tone, label }: Shape): L.Path[] {
  const look = { className: `map-area map-area-${tone}` };
  if (typeof area === "string") return multi(area).map((ring) => L.polygon(ring, look).bindTooltip(escaped(label)));
  const circles = (area.circles ?? []).map((one) => L.circle([one.latitude, one.longitude], { ...look, radius: one.radius }));
  const polygons = (area.polygons ?? []).map(({ corners }) => L.polygon(corners.map(([latitude, longitude]) => [latitude, longitude] as [number, number]), look));
  return [...circles, ...polygons];
}

/** The outer rings of a MultiPolygon as text; none where it is none. */
function multi(text: string): [number, number][][] {
  try {
    return (JSON.parse(text) as MultiPolygon).coordinates.map((rings) => (rings[0] ?? []).map(([longitude = 0, latitude = 0]) => [latitude, longitude] as [number, number]));
  } catch {
    return [];
  }
}

const DEGREE_M = 111_195;

function outlineOf({ area }: Shape): (readonly [number, number])[] {
  if (typeof area === "string") return multi(area).flat();
  return [...(area.circles ?? []).flatMap(around), ...(area.polygons ?? []).flatMap(({ corners }) => corners)];
}

function around({ latitude, longitude, radius }: NonNullable<Area["circles"]>[number]): [number, number][] {
  const up = radius / DEGREE_M;
  const right = up / Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  return [[latitude - up, longitude - right], [latitude + up, longitude + right]];
}

function middleOf(shape: Shape): { latitude: number; longitude: number } {
  const bounds = boundsOf([shape], []);
  const middle = bounds.isValid() ? bounds.getCenter() : L.latLng(0, 0);
  return { latitude: middle.lat, longitude: middle.lng };
}
