import { Button, useComputedColorScheme } from "@mantine/core";
import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { base } from "./base";
import "./map.css";
import { boundsOf, draw } from "./draw";
import type { MapProps } from "./types";

const WORLD: L.LatLngBoundsExpression = [[-58, -170], [72, 170]];
const CLOSEST = 15;
/** Those of map.css beside them; what is drawn on a canvas takes no variables. */
const COLOURS = { light: { land: "#f3f1ea", border: "#b9b3a2" }, dark: { land: "#2f3136", border: "#5a5e66" } } as const;

/** A map with areas and pins. Arrow keys move it, + and - zoom, Tab goes through what can be opened. */
export default function MapView({ label, shapes = [], pins = [], fit = "", onOpen, onPick }: MapProps) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<L.Map | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const actions = useRef({ onOpen, onPick });
  actions.current = { onOpen, onPick };
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = L.map(place.current, { zoomControl: false, worldCopyJump: true, minZoom: 1, zoomAnimation: false, fadeAnimation: false, attributionControl: false });
    made.fitBounds(WORLD);
    L.control.zoom({ zoomInTitle: t("map.in"), zoomOutTitle: t("map.out") }).addTo(made);
    L.control.scale({ imperial: false }).addTo(made);
    L.control.attribution({ prefix: false }).addTo(made);
    made.on("click", ({ latlng }) => actions.current.onPick?.(latlng.wrap().lat, latlng.wrap().lng));
    const watch = new ResizeObserver(() => made.invalidateSize({ animate: false }));
    watch.observe(place.current);
    setMap(made);
    return () => {
      watch.disconnect();
      made.remove();
    };
  }, [t]);
  useBase(map, setFailed);
  const drawn = JSON.stringify([shapes, pins]);
  useEffect(() => (map === null ? undefined : draw(map, shapes, pins, (id) => actions.current.onOpen?.(id), onOpen !== undefined)), [map, drawn, onOpen === undefined]);
  useEffect(() => {
    if (map === null || fit === "") return;
    const bounds = boundsOf(shapes, pins);
    if (bounds.isValid()) map.fitBounds(bounds, { maxZoom: CLOSEST, padding: [24, 24], animate: false });
  }, [map, fit]);
  const pickMiddle = (): void => {
    const middle = map?.getCenter().wrap();
    if (middle) onPick?.(middle.lat, middle.lng);
  };
  return (
    <div className="map-frame">
      <div ref={place} className="map" role="application" aria-label={label} data-picks={onPick !== undefined || undefined} />
      {hasFailed && <p className="map-failed" role="status">{t("map.failed")}</p>}
      {onPick && <Button className="map-pick" variant="default" mih={44} onClick={pickMiddle}>{t("map.middle")}</Button>}
    </div>
  );
}

/** Land and borders in the colours of the page. */
function useBase(map: L.Map | null, setFailed: (has: boolean) => void): void {
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    if (map === null) return undefined;
    let isOver = false;
    let layer: L.Layer | null = null;
    base().then(
      (found) => {
        if (isOver) return;
        setFailed(false);
        layer = found.add(map, COLOURS[scheme]);
        map.getContainer().dataset["ready"] = scheme;
      },
      () => !isOver && setFailed(true),
    );
    return () => {
      isOver = true;
      layer?.remove();
    };
  }, [map, scheme]);
}
