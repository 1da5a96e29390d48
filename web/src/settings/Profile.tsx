import { Button, FileButton, Group, TextInput } from "@mantine/core";
import { UserEvent } from "matrix-js-sdk";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { Face } from "../parts/Face";
import { track } from "../track";
import { Section } from "./Section";

const CropPicture = lazy(() => import("./CropPicture"));
const USER_EVENTS: readonly string[] = [UserEvent.AvatarUrl, UserEvent.DisplayName];
type Saving = "idle" | "saving" | "saved" | "failed";

/** How others see one: picture and name. */
export function Profile() {
  const { t } = useTranslation();
  const client = useClient();
  const user = client.getUser(client.getSafeUserId());
  useVersion(user, USER_EVENTS);
  const [name, setName] = useState(user?.rawDisplayName ?? "");
  const [state, setState] = useState<Saving>("idle");
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState("saving");
    track("profile_change");
    await client.setDisplayName(name.trim()).then(() => setState("saved"), () => setState("failed"));
  };
  return (
    <Section title={t("settings.profile")}>
      <Picture name={name || client.getSafeUserId()} mxc={user?.avatarUrl} />
      <form onSubmit={save}>
        <Group align="flex-end">
          <TextInput
            flex={1} miw={180} size="md" label={t("settings.name")} description={client.getSafeUserId()} value={name} maxLength={255}
            error={state === "failed" ? t("settings.saveFailed") : undefined}
            onChange={(event) => { setName(event.currentTarget.value); setState("idle"); }}
          />
          <Button type="submit" size="md" loading={state === "saving"} variant="light">{t(state === "saved" ? "settings.saved" : "settings.save")}</Button>
        </Group>
      </form>
    </Section>
  );
}

function Picture({ name, mxc }: { name: string; mxc: string | undefined }) {
  const { t } = useTranslation();
  const client = useClient();
  const [chosen, setChosen] = useState<File | null>(null);
  const [state, setState] = useState<Saving>("idle");
  const set = async (picture: Blob | null): Promise<void> => {
    setChosen(null);
    setState("saving");
    track(picture === null ? "picture_remove" : "picture_change");
    try {
      const url = picture === null ? "" : (await client.uploadContent(picture, { type: picture.type, includeFilename: false })).content_uri;
      await client.setAvatarUrl(url);
      setState("saved");
    } catch {
      setState("failed");
    }
  };
  return (
    <Group>
      <Face name={name} mxc={mxc} size={72} />
      <FileButton accept="image/*" onChange={setChosen} inputProps={{ "aria-label": t("picture.choose") }}>
        {(props) => <Button {...props} variant="default" mih={44} loading={state === "saving"}>{t(mxc ? "picture.change" : "picture.add")}</Button>}
      </FileButton>
      {mxc && <Button variant="subtle" color="red.8" mih={44} onClick={() => void set(null)}>{t("picture.remove")}</Button>}
      <span role="status">{state === "failed" ? t("settings.saveFailed") : state === "saved" ? t("settings.saved") : ""}</span>
      {chosen !== null && <Suspense><CropPicture file={chosen} onDone={(picture) => void set(picture)} onClose={() => setChosen(null)} /></Suspense>}
    </Group>
  );
}
