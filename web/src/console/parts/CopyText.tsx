import { ActionIcon, CopyButton, Group, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** Something that is to be taken elsewhere. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  return (
    <Group align="flex-end" gap="sm" wrap="nowrap">
      <TextInput flex={1} size="md" label={label} readOnly value={text} onFocus={(event) => event.currentTarget.select()} styles={{ input: { fontFamily: "monospace" } }} />
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon size={44} variant="default" aria-label={t(copied ? "console.copied" : "console.copy")} onClick={copy}>{copied ? <IconCheck size={20} /> : <IconCopy size={20} />}</ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
