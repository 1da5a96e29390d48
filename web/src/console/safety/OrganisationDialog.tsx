import { Button, Group, MultiSelect, NumberInput, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Map } from "../../parts/map/Map";
import { cornerPins, type Corner, MOST_CORNERS, ringOf } from "../../parts/map/outline";
import { type Area, type Kind, KINDS } from "../../safety/types";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { PersonPicker } from "../parts/PersonPicker";
import type { Organisation } from "./types";

const MOST_KM = 500;
const MOST_PARTS = 20;
type Draft = { userId: string | null; name: string; kinds: readonly Kind[]; area: Area };

/** Who is responsible, for what, where: circles and outlines that are put on the map. */
export function OrganisationDialog({ organisation, onDone, onClose }: { organisation: Organisation | null; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("safety_organisation");
  const [draft, setDraft] = useState<Draft>(organisation ? { userId: organisation.user_id, name: organisation.name, kinds: organisation.kinds, area: organisation.area } : { userId: null, name: "", kinds: [], area: {} });
  const [km, setKm] = useState(5);
  /** The outline that is being drawn; `null`: a tap adds a circle. */
  const [corners, setCorners] = useState<readonly Corner[] | null>(null);
  const circles = draft.area.circles ?? [];
  const polygons = draft.area.polygons ?? [];
  const set = (changes: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changes }));
  const isReady = draft.userId !== null && draft.name.trim() !== "" && circles.length + polygons.length > 0 && !corners?.length;
  const setArea = (changes: Partial<Area>): void => set({ area: { ...draft.area, ...changes } });
  const pick = (latitude: number, longitude: number): void => {
    if (corners === null) setArea({ circles: [...circles, { latitude, longitude, radius: km * 1000 }].slice(-MOST_PARTS) });
    else setCorners([...corners, [latitude, longitude] as const].slice(0, MOST_CORNERS));
  };
  const finish = (): void => {
    setArea({ polygons: [...polygons, { corners: corners ?? [] }].slice(-MOST_PARTS) });
    setCorners([]);
  };
  const undo = (): void => {
    if (corners?.length) setCorners(corners.slice(0, -1));
    else if (corners !== null && polygons.length > 0) setArea({ polygons: polygons.slice(0, -1) });
    else setArea({ circles: circles.slice(0, -1) });
  };
  const canUndo = corners?.length || (corners === null ? circles : [...polygons, ...circles]).length;
  const save = async (): Promise<void> => {
    if (!isReady) return;
    const area = { circles, polygons: polygons.map((one) => ringOf(one.corners)) };
    const body = { name: draft.name.trim(), kinds: draft.kinds, area };
    if (await action.run(async () => void (await call("PUT", `/safety/organisations/${encodeURIComponent(draft.userId ?? "")}`, { body })))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t(organisation ? "safetyDesk.organisations.change" : "safetyDesk.organisations.add")} label={t("safetyDesk.organisations.save")} action={action} onConfirm={() => void save()} onClose={onClose}>
      {organisation ? <Text fz="sm" c="dimmed">{organisation.user_id}</Text> : <PersonPicker label={t("safetyDesk.organisations.account")} description={t("safetyDesk.organisations.accountText")} isRequired takesIds value={draft.userId} onChange={(userId) => set({ userId })} />}
      <TextInput size="md" required label={t("console.name")} description={t("safetyDesk.organisations.nameText")} maxLength={200} value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} />
      <MultiSelect size="md" label={t("safetyDesk.organisations.kinds")} placeholder={draft.kinds.length === 0 ? t("safetyDesk.organisations.allKinds") : ""} data={KINDS.map((value) => ({ value, label: t(`safety.kind.${value}`) }))} value={[...draft.kinds]} onChange={(kinds) => set({ kinds: kinds as Kind[] })} clearable clearButtonProps={{ "aria-label": t("console.clear") }} />
      <div>
        <Text fz="sm" fw={600}>{t("safetyDesk.organisations.area")}</Text>
        <SegmentedControl my="xs" aria-label={t("safetyDesk.organisations.shape")} value={corners === null ? "circles" : "outline"} data={(["circles", "outline"] as const).map((value) => ({ value, label: t(`safetyDesk.organisations.${value}`) }))} onChange={(value) => setCorners(value === "outline" ? [] : null)} />
        {corners === null && <NumberInput size="md" mb="xs" label={t("safetyDesk.organisations.radius")} suffix=" km" min={0.1} max={MOST_KM} value={km} onChange={(value) => setKm(Math.min(MOST_KM, Math.max(0.1, Number(value) || 0.1)))} />}
        <Text fz="sm" c="dimmed" mb="xs">{t(corners === null ? "safetyDesk.organisations.areaText" : "safetyDesk.organisations.cornersText")}</Text>
        <Map label={t("safetyDesk.organisations.map")} shapes={[{ id: "area", area: (corners?.length ?? 0) < 3 ? draft.area : { circles, polygons: [...polygons, { corners: corners ?? [] }] }, label: draft.name, tone: "handled" }]} pins={cornerPins(corners ?? [], (number) => t("safety.raise.corner", { number }))} fit={organisation?.user_id ?? ""} onPick={pick} />
        <Group gap="sm" mt="xs">
          {corners !== null && <Button h={44} variant="light" disabled={corners.length < 3} onClick={finish}>{t("safetyDesk.organisations.finish")}</Button>}
          <Button h={44} variant="default" disabled={!canUndo} onClick={undo}>{t("safetyDesk.organisations.undo")}</Button>
          <Text fz="sm" role="status">{t("safetyDesk.organisations.parts", { count: circles.length + polygons.length })}</Text>
        </Group>
      </div>
    </Confirm>
  );
}
