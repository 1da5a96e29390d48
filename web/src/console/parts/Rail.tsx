import { useTranslation } from "react-i18next";
import { useMe } from "../me";
import { PAGES } from "../pages";
import { hrefOf, useRoute } from "../route";

/** The pages that one may see. */
export function Rail({ onGone }: { onGone?: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const { page: asked } = useRoute();
  const pages = PAGES.filter((page) => me.pages.some((seen) => seen.id === page.id));
  const current = asked || pages[0]?.id;
  return (
    <ul className="rail-pages">
      {pages.map(({ id, title, icon: Icon }) => (
        <li key={id}>
          <a href={hrefOf(id)} aria-current={id === current ? "page" : undefined} onClick={onGone}>
            <Icon size={20} aria-hidden />
            {t(title)}
          </a>
        </li>
      ))}
    </ul>
  );
}
