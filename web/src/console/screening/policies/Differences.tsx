import { Text } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { pathOf, useDepartments } from "../../departments";
import type { Department } from "../../types";
import type { Policy } from "../types";
import { detectorWords, labelWords } from "../words";
import { type Difference, differencesOf } from "./differences";

/** What is different between two versions, in words. */
export function Differences({ before, after }: { before: readonly Policy[]; after: readonly Policy[] }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const found = differencesOf(before, after);
  if (found.length === 0) return <Text fz="sm" c="dimmed">{t("screening.differences.none")}</Text>;
  return (
    <ul className="differences">
      {found.map((one, index) => (
        <li key={index}>
          <b>{one.policy}</b>: {one.kind === "changed" ? (
            <>{nameOf(one.path, t)}: {valueOf(one, one.before, departments, t)} → <b>{valueOf(one, one.after, departments, t)}</b></>
          ) : t(`screening.differences.${one.kind}`, { before: one.before, after: one.after })}
        </li>
      ))}
    </ul>
  );
}

/** `detectors.malware.thresholds.infected.block` in words. */
function nameOf(path: string, t: TFunction): string {
  const parts = path.split(".");
  if (parts[0] === "match") return t(`screening.match.${parts[1]}`);
  if (parts[0] === "text") return t("screening.differences.text", { label: labelWords(parts.slice(1).join("."), t) });
  if (parts[0] !== "detectors") return t(`screening.field.${parts[0]}`);
  const detector = detectorWords(parts[1] ?? "", t);
  if (parts[2] !== "thresholds") return `${detector}, ${t(`screening.field.${parts[2]}`)}`;
  return `${detector}, ${labelWords(parts.slice(3, -1).join("."), t)}, ${t(`screening.field.${parts.at(-1)}`)}`;
}

function valueOf({ path }: Difference, value: string, departments: readonly Department[], t: TFunction): string {
  if (value === "") return t("screening.field.open");
  if (path === "match.departments") return value.split(", ").map((id) => pathOf(departments, id)).join(", ");
  if (path === "match.senders") return value.split(", ").map((one) => t(`screening.sender.${one}`)).join(", ");
  if (path === "match.media") return value.split(", ").map((one) => t(`screening.media.${one}`)).join(", ");
  if (path === "on_seen_later") return t(`screening.seenLater.${value}`);
  if (["allow", "review", "block"].includes(value)) return t(`screening.action.${value}`);
  if (value === "true" || value === "false") return t(`screening.field.${value}`);
  return path === "deadline" || path.endsWith(".timeout") ? `${value} s` : value;
}
