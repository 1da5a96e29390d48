import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { go, useRoute } from "../../route";
import { AgentPolicies } from "./AgentPolicies";
import { AgentTable } from "./AgentTable";

const PARTS = ["agents", "policies"] as const;

/** The agents on employees' desktops, and what they are told to record. */
export default function AgentsView() {
  const { t } = useTranslation();
  const part = useRoute().query.get("of") === "policies" ? "policies" : "agents";
  return (
    <>
      <SegmentedControl
        className="states" size="md" aria-label={t("agents.part.label")} value={part} data={PARTS.map((value) => ({ value, label: t(`agents.part.${value}`) }))}
        onChange={(value) => go("records", null, { view: "agents", of: value === "policies" ? value : null })}
      />
      {part === "agents" ? <AgentTable /> : <AgentPolicies />}
    </>
  );
}
