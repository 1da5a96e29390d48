/** Words in English and Chinese. Each language is a file of its own, loaded when it is spoken. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;
const KEY = "roomkeeper.language";

/** What was chosen, or else the browser's first language that we speak. */
function preferred(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages];
  for (const one of wanted) {
    const base = one?.toLowerCase().split("-")[0];
    if (base !== undefined && base in LANGUAGES) return base as Language;
  }
  return "en";
}

type Words = (language: Language) => Promise<object>;
const sources: Words[] = [async (language) => (language === "zh" ? await import("./zh.json") : await import("./en.json")).default];

/** Further words, of a page that is not the chat. Before `startLanguage`. */
export function addWords(source: Words): void {
  sources.push(source);
}

/** Further words, of what is opened later. */
export async function addWordsNow(source: Words): Promise<void> {
  if (sources.includes(source)) return;
  const language = spoken();
  i18next.addResourceBundle(language, "translation", await source(language), true, true);
  sources.push(source);
  // Languages that were spoken before are loaded anew when they are chosen again.
  for (const other of Object.keys(LANGUAGES)) if (other !== language) i18next.removeResourceBundle(other, "translation");
}

async function words(language: Language): Promise<object> {
  const parts = await Promise.all(sources.map((source) => source(language)));
  return Object.assign({}, ...parts) as object;
}

export async function startLanguage(): Promise<void> {
  const language = preferred();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await words(language) } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  show(language);
}

/** Say in the page which language it speaks; the manifest of the installed program has it, too. */
function show(language: Language): void {
  document.documentElement.lang = language;
  const link = document.querySelector<HTMLLinkElement>("link[rel=manifest]");
  if (link) link.href = `/app/manifest${language === "en" ? "" : `-${language}`}.webmanifest`;
}

export async function speak(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await words(language));
  }
  await i18next.changeLanguage(language);
  show(language);
}

export function spoken(): Language {
  return i18next.language as Language;
}
