import { Alert, Button, Group, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { namesOf } from "../../names";
import { NotAllowed } from "../../parts/NotAllowed";
import { PageBody } from "../../parts/PageBody";
import { go, hrefOf, useRoute } from "../../route";
import { CheckStep } from "./CheckStep";
import { ConfirmStep } from "./ConfirmStep";
import { forgetDraft, forPerson, lackOf, STEPS, type Step, stepOfLack, useDraft } from "./draft";
import { PlanStep } from "./PlanStep";
import { WhenStep } from "./WhenStep";
import { WhoStep } from "./WhoStep";

const VIEWS = { who: WhoStep, when: WhenStep, plan: PlanStep, check: CheckStep, confirm: ConfirmStep };

/** Who, when, plan, dry run, go: each step has an address. */
export function Wizard() {
  const { t } = useTranslation();
  const me = useMe();
  const { query } = useRoute();
  const [draft] = useDraft();
  const person = query.get("person");
  useEffect(() => {
    if (person !== null) forPerson(person);
  }, [person]);
  const asked = STEPS.find((one) => one === query.get("step")) ?? "who";
  const before = STEPS[STEPS.indexOf(asked) - 1];
  // Nobody gets to a step for which something is lacking by typing its address.
  const missing = before === undefined ? null : lackOf(draft, before);
  const step = missing === null ? asked : stepOfLack(missing);
  const name = useNameOf(draft.userId);
  if (!may(me, "departures.write")) return <NotAllowed page={{ permissions: ["departures.write"] }} />;
  const View = VIEWS[step];
  const at = STEPS.indexOf(step);
  return (
    <PageBody title={draft.userId === null ? t("handover.new") : t(draft.changes === null ? `handover.title.${draft.kind}` : "handover.wizard.change", { name })} actions={<Leave />}>
      <Steps step={step} />
      <section className="wizard-step" aria-labelledby="wizard-step">
        <Title order={2} fz="lg" id="wizard-step">{t(`handover.step.${step}`)}</Title>
        <View name={name} />
        {step !== "confirm" && <Walk step={step} previous={STEPS[at - 1]} next={STEPS[at + 1]} />}
      </section>
    </PageBody>
  );
}

function useNameOf(userId: string | null): string {
  return useLoad(async (signal) => (userId === null ? "" : (await namesOf([userId], signal))(userId)), [userId]).value ?? "";
}

function Leave() {
  const { t } = useTranslation();
  const [draft] = useDraft();
  const leave = (): void => {
    const { changes } = draft;
    forgetDraft();
    go("handover", changes);
  };
  return <Button variant="subtle" h={44} onClick={leave}>{t("handover.wizard.leave")}</Button>;
}

/** Where one is; what is done, and the next one, can be gone to. */
function Steps({ step }: { step: Step }) {
  const { t } = useTranslation();
  const [draft] = useDraft();
  const at = STEPS.indexOf(step);
  return (
    <nav aria-label={t("handover.wizard.steps")}>
      <ol className="wizard-steps">
        {STEPS.map((one, index) => {
          const before = STEPS[index - 1];
          const isOpen = index <= at || (before !== undefined && lackOf(draft, before) === null);
          const label = <><span className="wizard-number" aria-hidden>{index + 1}</span><span className="wizard-name">{t(`handover.step.${one}`)}</span></>;
          return <li key={one} data-done={index < at || undefined}>{isOpen ? <a href={hrefOf("handover", "new", { step: one })} aria-current={one === step ? "step" : undefined}>{label}</a> : <span className="wizard-closed">{label}</span>}</li>;
        })}
      </ol>
    </nav>
  );
}

function Walk({ step, previous, next }: { step: Step; previous: Step | undefined; next: Step | undefined }) {
  const { t } = useTranslation();
  const [draft] = useDraft();
  const lack = lackOf(draft, step);
  return (
    <>
      {lack !== null && lack !== "who" && <Alert color="yellow" variant="light" icon={<IconAlertTriangle />}>{t(`handover.lack.${lack}`)}</Alert>}
      <Group>
        {previous && <Button component="a" variant="default" h={44} href={hrefOf("handover", "new", { step: previous })}>{t("handover.wizard.back")}</Button>}
        {next && <Button h={44} disabled={lack !== null} onClick={() => go("handover", "new", { step: next })}>{t(`handover.wizard.to.${next}`)}</Button>}
      </Group>
    </>
  );
}
