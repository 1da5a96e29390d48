import { Button, List, Menu, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { nameOfPerson } from "../names";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { hrefOf } from "../route";
import type { Person, PersonState, Session } from "../types";

const STATES = ["active", "on_leave", "departed"] as const;
const MOST = 500;

/** Active, on leave, departed; it says what will happen before it does. */
export function StateChange({ person, onChanged }: { person: Person; onChanged: () => void }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<PersonState | null>(null);
  const action = useAction("person_state");
  const mayPlan = may(useMe(), "departures.write");
  const confirm = async (): Promise<void> => {
    const body = { state: wanted, version: person.version };
    const isDone = await action.run(async () => void (await call("PATCH", `/people/${encodeURIComponent(person.user_id)}`, { body })));
    if (!isDone) return;
    setWanted(null);
    onChanged();
  };
  return (
    <>
      <Menu>
        <Menu.Target><Button variant="default" h={44} rightSection={<IconChevronDown size={18} />}>{t("console.people.setState")}</Button></Menu.Target>
        <Menu.Dropdown>
          {STATES.filter((state) => state !== person.state).map((state) => (
            <Menu.Item key={state} mih={44} onClick={() => { action.clear(); setWanted(state); }}>{t(state === "departed" && mayPlan ? "handover.quick" : `console.people.to.${state}`)}</Menu.Item>
          ))}
          {mayPlan && person.state !== "departed" && <Menu.Item mih={44} component="a" href={hrefOf("handover", "new", { step: "who", person: person.user_id })}>{t("handover.planFor")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={wanted !== null} title={t(`console.people.sure.${wanted ?? "active"}`, { name: nameOfPerson(person) })} label={t(`console.people.to.${wanted ?? "active"}`)}
        isDanger={wanted === "departed"} action={action} onClose={() => setWanted(null)} onConfirm={() => void confirm()}
      >
        {wanted !== null && <Consequences person={person} wanted={wanted} />}
      </Confirm>
    </>
  );
}

function Consequences({ person, wanted }: { person: Person; wanted: PersonState }) {
  const { t } = useTranslation();
  const me = useMe();
  const { value: open } = useLoad(async (signal) => {
    if (!may(me, "sessions.read")) return null;
    const query = { staff: person.user_id, state: "open", limit: MOST };
    return (await call<{ sessions: Session[] }>("GET", "/sessions", { query, signal })).sessions.length;
  }, [person.user_id]);
  const had = person.state === "departed" ? "back" : "stays";
  return (
    <>
      <Text>{t("console.people.happens")}</Text>
      <List spacing="sm">
        {wanted === "departed" && (
          <>
            <List.Item>{t("console.people.departed.locked")}</List.Item>
            <List.Item>{t("console.people.departed.roles")}</List.Item>
            <List.Item>{t("console.people.departed.waiting")}</List.Item>
            {typeof open === "number" && <List.Item>{t("console.people.departed.open", { count: open })}</List.Item>}
            <List.Item>{t("console.people.departed.undo")}</List.Item>
          </>
        )}
        {wanted === "on_leave" && (
          <>
            <List.Item>{t("console.people.onLeave.none")}</List.Item>
            {typeof open === "number" && <List.Item>{t("console.people.onLeave.open", { count: open })}</List.Item>}
            {had === "back" && <List.Item>{t("console.people.active.back")}</List.Item>}
          </>
        )}
        {wanted === "active" && (
          <>
            {had === "back" && <List.Item>{t("console.people.active.back")}</List.Item>}
            <List.Item>{t("console.people.active.sessions")}</List.Item>
          </>
        )}
      </List>
    </>
  );
}
