import { Button, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useAction } from "../../parts/action";
import { openSubject } from "../../route";
import type { TextList } from "../types";
import { ListFields, type Wanted } from "./ListFields";
import { linesOf, PatternErrors } from "./PatternErrors";

export function NewList({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<Wanted>({ name: "", kind: "words", label: "words", action: "review", language: "", enabled: true });
  const [text, setText] = useState("");
  const action = useAction("screening_list_new");
  const create = (event: FormEvent): void => {
    event.preventDefault();
    void action.run(async () => {
      const made = await call<TextList>("POST", "/screening/lists", { body: { ...wanted, patterns: linesOf(text) } });
      onDone();
      openSubject(made.list_id);
    });
  };
  return (
    <form onSubmit={create}>
      <Stack>
        <ListFields wanted={wanted} isNew onChange={setWanted} />
        <Textarea
          size="md" autosize minRows={4} maxRows={12} label={t("screening.lists.patterns")} description={t(`screening.lists.hint.${wanted.kind}`)} value={text}
          onChange={(event) => { setText(event.currentTarget.value); action.clear(); }}
        />
        <PatternErrors error={action.error} text={text} />
        <Button type="submit" h={44} loading={action.isBusy}>{t("screening.lists.create")}</Button>
      </Stack>
    </form>
  );
}
