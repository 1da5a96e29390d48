import { Button, Menu, SegmentedControl, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconLogout, IconMessageCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Initials } from "../../parts/Initials";
import { LanguageChoice } from "../../parts/LanguageChoice";
import { signOutHere } from "../../session";
import { useMe } from "../me";
import { nameOfPerson } from "../names";

/** Who is signed in, and with which roles; the way to the chat and out. */
export function WhoMenu() {
  const { t } = useTranslation();
  const { person, roles } = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const name = nameOfPerson(person);
  const held = [...new Set(roles.map(({ role }) => t(`console.role.${role}`)))].join(", ");
  const schemes = (["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`settings.scheme.${value}`) }));
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <Button variant="subtle" color="gray" h={44} px={8} leftSection={<Initials name={name} size={32} />}>
          <span className="visually-hidden">{t("console.who")}</span>
          <span className="who-name">{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="who">
          <Text fw={600} fz="sm">{name}</Text>
          <Text fz="xs" c="dimmed" className="break">{person.user_id}</Text>
          <Text fz="xs" c="dimmed">{held}</Text>
        </div>
        <Menu.Divider />
        <Menu.Item component="a" href="/app" leftSection={<IconMessageCircle size={18} />}>{t("console.toChat")}</Menu.Item>
        <Menu.Divider />
        <div className="who">
          <LanguageChoice />
          <SegmentedControl mt={8} fullWidth aria-label={t("settings.schemeLabel")} data={schemes} value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)} />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => void signOutHere()}>{t("settings.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
