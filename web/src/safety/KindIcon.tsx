import { IconAlertTriangle, IconAmbulance, IconBiohazard, IconBolt, IconBuilding, IconCarCrash, IconCloudStorm, IconDirections, IconFlame, IconHandStop, IconRipple, IconUserSearch } from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Kind } from "./types";

const ICONS: Record<Kind, ComponentType<{ size?: number; "aria-hidden"?: boolean }>> = {
  fire: IconFlame, medical: IconAmbulance, violence: IconHandStop, accident: IconCarCrash, missing_person: IconUserSearch, evacuation: IconDirections, flood: IconRipple, weather: IconCloudStorm, hazardous_material: IconBiohazard, building: IconBuilding, power: IconBolt, other: IconAlertTriangle,
};

/** A sign beside the word for a kind of event, never instead of it. */
export function KindIcon({ kind, size = 24 }: { kind: string; size?: number }) {
  const Icon = ICONS[kind as Kind] ?? IconAlertTriangle;
  return <Icon size={size} aria-hidden />;
}
