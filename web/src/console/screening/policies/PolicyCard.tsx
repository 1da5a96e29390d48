import { ActionIcon, Button, Group, Paper, Text, Title, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { pathOf, useDepartments } from "../../departments";
import type { Detector, Policy } from "../types";
import { detectorWords } from "../words";
import { PolicyFields } from "./PolicyFields";

type Props = {
  policy: Policy;
  detectors: readonly Detector[];
  number: number;
  isOpen: boolean;
  isEditable: boolean;
  isFirst: boolean;
  isLast: boolean;
  onOpen: () => void;
  onChange: (policy: Policy) => void;
  onMove: (step: number) => void;
  onRemove: () => void;
};

/** A policy: whom it is for and what it says, in a sentence; opened, all of it. */
export function PolicyCard({ policy, detectors, number, isOpen, isEditable, isFirst, isLast, onOpen, onChange, onMove, onRemove }: Props) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const words = { name: policy.name };
  return (
    <Paper component="article" withBorder p="md" aria-label={policy.name}>
      <div className="policy-head">
        <div>
          <Title order={2} fz="md">{number}. {policy.name}</Title>
          <Text fz="sm" c="dimmed">{sentence.match(policy)}</Text>
          <Text fz="sm">{sentence.says(policy)}</Text>
        </div>
        <Group gap={4} wrap="nowrap">
          {isEditable && (
            <>
              <Tooltip label={t("screening.policies.up")}><ActionIcon variant="default" size={44} disabled={isFirst} aria-label={t("screening.policies.upOf", words)} onClick={() => onMove(-1)}><IconArrowUp size={18} /></ActionIcon></Tooltip>
              <Tooltip label={t("screening.policies.down")}><ActionIcon variant="default" size={44} disabled={isLast} aria-label={t("screening.policies.downOf", words)} onClick={() => onMove(1)}><IconArrowDown size={18} /></ActionIcon></Tooltip>
            </>
          )}
          <Button variant="default" h={44} aria-expanded={isOpen} aria-label={t(isOpen ? "screening.policies.closeOf" : isEditable ? "screening.policies.editOf" : "screening.policies.showOf", words)} rightSection={isOpen ? <IconChevronUp size={18} /> : <IconChevronDown size={18} />} onClick={onOpen}>
            {t(isOpen ? "close" : isEditable ? "console.edit" : "screening.policies.show")}
          </Button>
        </Group>
      </div>
      {isOpen && (
        <fieldset className="policy-fields" disabled={!isEditable}>
          <legend className="visually-hidden">{policy.name}</legend>
          <PolicyFields policy={policy} detectors={detectors} onChange={onChange} />
          {isEditable && <Button variant="default" className="danger-button" h={44} onClick={onRemove}>{t("screening.policies.remove")}</Button>}
        </fieldset>
      )}
    </Paper>
  );
}

/** A policy in a sentence or two. */
function useSentence(): { match: (policy: Policy) => string; says: (policy: Policy) => string } {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const list = (several: readonly string[]): string => several.join(t("screening.sentence.and"));
  const match = ({ match: wanted = {} }: Policy): string => {
    const parts = [
      wanted.senders?.length ? t("screening.sentence.senders", { senders: list(wanted.senders.map((one) => t(`screening.sender.${one}`))) }) : "",
      wanted.departments?.length ? t("screening.sentence.departments", { departments: list(wanted.departments.map((id) => pathOf(departments, id))) }) : "",
      wanted.rooms?.length ? t("screening.sentence.rooms", { count: wanted.rooms.length }) : "",
      wanted.media?.length ? t("screening.sentence.media", { media: list(wanted.media.map((one) => t(`screening.media.${one}`))) }) : "",
    ].filter(Boolean);
    return parts.length > 0 ? parts.join(" · ") : t("screening.sentence.all");
  };
  const says = (policy: Policy): string => {
    if (policy.screen === false) return t("screening.sentence.off");
    const changed = Object.entries(policy.detectors ?? {}).map(([name, rule]) => (rule.enabled === false ? t("screening.sentence.without", { detector: detectorWords(name, t) }) : detectorWords(name, t)));
    const parts = [
      policy.deadline !== undefined ? t("screening.sentence.deadline", { seconds: policy.deadline, then: t(`screening.sentence.then.${policy.on_deadline ?? "review"}`) }) : "",
      changed.length > 0 ? t("screening.sentence.detectors", { detectors: list(changed) }) : "",
      Object.keys(policy.text ?? {}).length > 0 ? t("screening.sentence.text", { count: Object.keys(policy.text ?? {}).length }) : "",
      policy.languages?.length ? t("screening.sentence.languages", { languages: policy.languages.join(", ") }) : "",
    ].filter(Boolean);
    return parts.length > 0 ? parts.join(" ") : t("screening.sentence.asSettings");
  };
  return { match, says };
}
