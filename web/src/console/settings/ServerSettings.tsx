import { Badge, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Empty } from "../../parts/States";
import { useLoad } from "../load";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { changeQuery, useRoute } from "../route";

type Setting = { name: string; environment: string; value: string; default: string | null; origin: string; type: string; description: string };
type Section = { name: string; description: string; settings: Setting[] };

/** What the server runs with, to look at: it is changed in its file or environment. */
export function ServerSettings() {
  const { t } = useTranslation();
  const search = useRoute().query.get("search") ?? "";
  const { value, error, reload } = useLoad(async (signal) => (await call<{ sections: Section[] }>("GET", "/settings", { signal })).sections, []);
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  const wanted = search.trim().toLowerCase();
  const matches = (one: Setting): boolean => `${one.name} ${one.environment} ${one.description}`.toLowerCase().includes(wanted);
  const found = value.map((section) => ({ ...section, settings: section.settings.filter(matches) })).filter((section) => section.settings.length > 0);
  return (
    <Stack maw={900}>
      <Text fz="sm" c="dimmed">{t("console.settings.text")}</Text>
      <TextInput size="md" type="search" leftSection={<IconSearch size={18} />} aria-label={t("console.settings.search")} placeholder={t("console.settings.search")} value={search} onChange={(event) => changeQuery({ search: event.currentTarget.value }, true)} />
      {found.length === 0 && <Empty title={t("console.table.noneTitle")} text={t("console.table.noneText")} />}
      {found.map((section) => <SectionOf key={section.name} section={section} />)}
    </Stack>
  );
}

function SectionOf({ section }: { section: Section }) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={2} fz="lg">{section.name || t("console.settings.top")}</Title>
      <Text fz="sm" c="dimmed" lang="en">{section.description}</Text>
      <ul className="settings">
        {section.settings.map((one) => (
          <li key={one.name}>
            <div className="setting-head">
              <code>{section.name ? `${section.name}.${one.name}` : one.name}</code>
              {one.origin !== "default" && <Badge variant="light" tt="none">{t(`console.settings.origin.${one.origin}`)}</Badge>}
            </div>
            <div className="setting-value">{one.value === "(hidden)" ? t("console.settings.hidden") : <code>{one.value}</code>}{one.origin !== "default" && one.default !== null && <span className="soft"> {t("console.settings.default")} <code>{one.default}</code></span>}</div>
            <div className="soft" lang="en">{one.description} <span>({one.type})</span></div>
            <div className="soft"><code>{one.environment}</code></div>
          </li>
        ))}
      </ul>
    </section>
  );
}
