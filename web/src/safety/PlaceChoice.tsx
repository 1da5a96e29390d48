import { Button, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { IconArrowBackUp, IconCurrentLocation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Map } from "../parts/map/Map";
import { cornerPins, type Corner, MOST_CORNERS, ringOf } from "../parts/map/outline";
import type { Area, Circle } from "./types";

const RADII_M = [100, 250, 500, 1000, 5000, 20_000];
export const DEFAULT_M = 500;

/** Around a point, or, with corners, within an outline. */
export type Place = { circle: Circle | null; corners: readonly Corner[] | null };
/** As the server takes it: corners are longitude, latitude. */
export type PlaceBody = { circles: Circle[] } | { polygons: (readonly [number, number])[][] };

/** A place as the server takes it; `null`: it is none yet. */
export function bodyOf({ circle, corners }: Place): PlaceBody | null {
  if (corners === null) return circle && { circles: [circle] };
  return corners.length < 3 ? null : { polygons: [ringOf(corners)] };
}

type Props = { place: Place; fit: string; onChange: (change: (before: Place) => Place) => void; onLocate: () => void };

/** Where it happens, tapped on the map. */
export function PlaceChoice({ place, fit, onChange, onLocate }: Props) {
  const { t } = useTranslation();
  const { circle, corners } = place;
  const area: Area = corners === null ? { circles: circle ? [circle] : [] } : { polygons: corners.length < 3 ? [] : [{ corners }] };
  const point = circle === null ? [] : [{ id: "place", latitude: circle.latitude, longitude: circle.longitude, label: t("safety.raise.place"), tone: "place" as const }];
  const pick = (latitude: number, longitude: number): void => onChange((before) => before.corners === null
    ? { circle: { latitude, longitude, radius: before.circle?.radius ?? DEFAULT_M }, corners: null }
    : { ...before, corners: [...before.corners, [latitude, longitude] as const].slice(0, MOST_CORNERS) });
  const hint = corners !== null ? "tapCorners" : circle === null ? "choosePlace" : "movePlace";
  return (
    <div className="place-choice">
      <Text fz="sm" fw={600}>{t("safety.raise.place")}</Text>
      <SegmentedControl my="xs" aria-label={t("safety.raise.shape")} value={corners === null ? "point" : "outline"} data={(["point", "outline"] as const).map((value) => ({ value, label: t(`safety.raise.${value}`) }))} onChange={(value) => onChange((before) => ({ ...before, corners: value === "outline" ? [] : null }))} />
      <Text fz="sm" c="dimmed" mb="xs">{t(`safety.raise.${hint}`)}</Text>
      <Map label={t("safety.raise.map")} shapes={[{ id: "place", area, label: t("safety.raise.area"), tone: "event" }]} pins={corners === null ? point : cornerPins(corners, (number) => t("safety.raise.corner", { number }))} fit={fit} onPick={pick} />
      {corners === null ? (
        <Group gap="sm" align="flex-end" mt="sm">
          <Button variant="default" mih={44} leftSection={<IconCurrentLocation size={18} />} onClick={onLocate}>{t("safety.raise.here")}</Button>
          <Select size="md" w={150} label={t("safety.raise.around")} allowDeselect={false} disabled={circle === null} value={String(circle?.radius ?? DEFAULT_M)} data={RADII_M.map((value) => ({ value: String(value), label: value < 1000 ? `${value} m` : `${value / 1000} km` }))} onChange={(value) => onChange((before) => ({ ...before, circle: before.circle && { ...before.circle, radius: Number(value) } }))} />
        </Group>
      ) : <Button mt="sm" variant="default" mih={44} disabled={corners.length === 0} leftSection={<IconArrowBackUp size={18} />} onClick={() => onChange((before) => ({ ...before, corners: (before.corners ?? []).slice(0, -1) }))}>{t("safety.raise.undoCorner")}</Button>}
    </div>
  );
}
