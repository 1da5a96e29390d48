/** What lies under everything else on a map: pictures from where the server says, or countries that the page has itself. */
import * as L from "leaflet";
import countries from "world-atlas/countries-50m.json?url";
import { call } from "../../api";
import { featuresOf, type Topology } from "./topo";

type Tiles = { tile_url: string; attribution: string };
export type Base = { add: (map: L.Map, colours: Colours) => L.Layer };
/** Of land, of borders. */
export type Colours = { land: string; border: string };

let asked: Promise<Base> | null = null;

/** Asked for once; again where it failed. */
export function base(): Promise<Base> {
  asked ??= load();
  asked.catch(() => (asked = null));
  return asked;
}

async function load(): Promise<Base> {
  const tiles = await call<Tiles>("GET", "/safety/map");
  if (tiles.tile_url) return { add: (map) => L.tileLayer(tiles.tile_url, { maxZoom: 19, attribution: escaped(tiles.attribution) }).addTo(map) };
  const answer = await fetch(countries);
  const shapes = featuresOf((await answer.json()) as Topology, "countries");
  return {
    add: (map, { land, border }) => {
      // Thousands of corners: drawn, not elements.
      const options = { interactive: false, pane: "tilePane", renderer: L.canvas({ pane: "tilePane", padding: 0.5 }), attribution: "Natural Earth", style: { fillColor: land, fillOpacity: 1, color: border, weight: 1 } };
      return L.geoJSON(shapes, options as L.GeoJSONOptions).addTo(map);
    },
  };
}

/** Leaflet shows attributions as HTML. */
function escaped(text: string): string {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
}
