import { Modal, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

export type Choice = { key: string; name: string; detail: string; picture: ReactNode; go: () => Promise<void> | void };
type Props = { placeholder: string; query: string; onQuery: (query: string) => void; choices: readonly Choice[]; onClose: () => void };

/** Ctrl-K: the dialog in which one finds something by name and jumps there. */
export function JumpDialog({ opened, onClose, children }: { opened: boolean; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("jump.title")} closeButtonProps={{ "aria-label": t("close") }}>
      {children}
    </Modal>
  );
}

/** The field and what it finds; arrow keys and Enter. */
export function JumpChoices({ placeholder, query, onQuery, choices, onClose }: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(0);
  const [hasFailed, setFailed] = useState(false);
  const index = Math.min(chosen, Math.max(choices.length - 1, 0));

  const pick = async (choice: Choice | undefined): Promise<void> => {
    if (choice === undefined) return;
    setFailed(false);
    try {
      await choice.go();
      onClose();
    } catch {
      setFailed(true);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setChosen((index + step + choices.length) % Math.max(choices.length, 1));
    else if (event.key === "Enter") void pick(choices[index]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <TextInput
        data-autofocus size="md" leftSection={<IconSearch size={18} />} placeholder={placeholder} aria-label={placeholder} role="combobox"
        aria-expanded={choices.length > 0} aria-controls="jump-list" aria-activedescendant={choices.length > 0 ? `jump-${index}` : undefined}
        error={hasFailed ? t("jump.failed") : undefined}
        value={query} onChange={(event) => { onQuery(event.currentTarget.value); setChosen(0); }} onKeyDown={onKeyDown}
      />
      <div id="jump-list" role="listbox" aria-label={t("jump.results")} style={{ marginTop: 8 }}>
        {choices.map((choice, at) => (
          <div key={choice.key} id={`jump-${at}`} role="option" aria-selected={at === index} className="choice" onClick={() => void pick(choice)}>
            {choice.picture}
            <span>{choice.name} <small>{choice.detail}</small></span>
          </div>
        ))}
      </div>
      {choices.length === 0 && <Text c="dimmed" fz="sm" mt="md" role="status">{t(query ? "jump.none" : "jump.start")}</Text>}
    </>
  );
}
