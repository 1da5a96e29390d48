import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconUserMinus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { may, useMe } from "../me";
import { nameOfPerson } from "../names";
import { ActionFailed, useAction } from "../parts/action";
import { PersonStateBadge } from "../parts/Badges";
import { Broken } from "../parts/Broken";
import { DrawerSection } from "../parts/DrawerSection";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { PersonPicker } from "../parts/PersonPicker";
import { hrefOf } from "../route";
import type { Person } from "../types";

const PAGE = 50;
type State = { people: Person[]; next: string | null; error: unknown; isLoaded: boolean };
const NONE: State = { people: [], next: null, error: null, isLoaded: false };

/** Who belongs to a department itself. */
export function Members({ id }: { id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const [state, setState] = useState<State>(NONE);
  const [added, setAdded] = useState<string | null>(null);
  const action = useAction("department_members");
  const load = async (from: string, before: readonly Person[]): Promise<void> => {
    try {
      const answer = await call<{ people: Person[]; next_batch?: string }>("GET", `/departments/${encodeURIComponent(id)}/people`, { query: { from, limit: PAGE } });
      setState({ people: [...before, ...answer.people], next: answer.next_batch ?? null, error: null, isLoaded: true });
    } catch (error) {
      setState((last) => ({ ...last, error, isLoaded: true }));
    }
  };
  useEffect(() => void load("", []), [id]);
  const change = (userId: string, belongs: boolean): Promise<boolean> =>
    action.run(async () => {
      const path = `/people/${encodeURIComponent(userId)}`;
      const person = await call<Person>("GET", path);
      const others = person.departments.filter((one) => one !== id);
      await call("PATCH", path, { body: { departments: belongs ? [...others, id] : others, version: person.version } });
      await load("", []);
    });
  const mayWrite = may(me, "people.write");
  return (
    <DrawerSection title={t("console.departments.members")} action={<a href={hrefOf("people", null, { department: id })}>{t("console.departments.allUnder")}</a>}>
      {!state.isLoaded && <RowsSkeleton />}
      {state.error !== null && <Broken error={state.error} onRetry={() => void load("", [])} />}
      {state.isLoaded && state.error === null && state.people.length === 0 && <Text fz="sm" c="dimmed">{t("console.departments.nobody")}</Text>}
      <ul className="plain-list" aria-label={t("console.departments.members")}>
        {state.people.map((person) => (
          <li key={person.user_id}>
            <a href={hrefOf("people", person.user_id)}>{nameOfPerson(person)}</a>
            <Group gap="sm" wrap="nowrap">
              <PersonStateBadge state={person.state} />
              {mayWrite && <ActionIcon size={44} variant="subtle" color="gray" disabled={action.isBusy} aria-label={t("console.departments.takeOut", { name: nameOfPerson(person) })} onClick={() => void change(person.user_id, false)}><IconUserMinus size={20} /></ActionIcon>}
            </Group>
          </li>
        ))}
      </ul>
      {state.next !== null && <Button variant="default" h={44} onClick={() => void load(state.next ?? "", state.people)}>{t("console.more")}</Button>}
      <ActionFailed error={action.error} />
      {mayWrite && (
        <Group align="flex-end" mt="md">
          <div style={{ flex: 1 }}><PersonPicker label={t("console.departments.add")} value={added} onChange={setAdded} kind="staff" /></div>
          <Button h={44} variant="light" disabled={added === null} loading={action.isBusy} onClick={() => void change(added ?? "", true).then((isDone) => isDone && setAdded(null))}>{t("console.departments.addAction")}</Button>
        </Group>
      )}
    </DrawerSection>
  );
}
