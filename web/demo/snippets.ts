/**
 * What a site's owner pastes, for the places where sites are built. docs/widget.md shows the same texts; a test holds the two
 * together.
 */

export interface SnippetOptions {
  /** Where the widget comes from, such as `https://chat.example.com`. */
  origin: string;
  token: string;
  /** Null: as the widget's settings say. */
  locale?: string | null;
  /** For `Chatbot('theme', …)`, in this page alone; null: as the widget's settings say. */
  theme?: Record<string, unknown> | null;
}

export interface Platform {
  name: string;
  /** Where it goes. */
  place: string;
  code(options: SnippetOptions): string;
}

export const PLATFORMS: Record<string, Platform> = {
  html: { name: 'HTML', place: 'Anywhere in the page, before or after everything else.', code: html },
  react: { name: 'React', place: 'A component of its own, once in the tree.', code: react },
  vue: { name: 'Vue', place: 'In main.js, before the application is mounted.', code: vue },
  wordpress: { name: 'WordPress', place: 'In the theme’s functions.php.', code: wordpress },
  blade: { name: 'Laravel', place: 'In the layout, with the signed identity of the user who is logged in.', code: blade },
  gtm: { name: 'Tag Manager', place: 'A tag of the type Custom HTML, on All Pages.', code: gtm },
};

const STUB = 'window.Chatbot = window.Chatbot || function () { (Chatbot.q = Chatbot.q || []).push(arguments) }';

function html({ origin, token, locale, theme }: SnippetOptions): string {
  return `${themeScript(theme)}<script async src="${origin}/chatbot-widget.js" data-api-token="${token}"${localeAttribute(locale)}></script>`;
}

function react({ origin, token, locale, theme }: SnippetOptions): string {
  return `// <Chat token="${token}" user={user} />
import { useEffect } from 'react';

export function Chat({ token, user }) {
  useEffect(() => {
    window.Chatbot ||= function () { (window.Chatbot.q ||= []).push(arguments); };
${theme ? `    window.Chatbot('theme', ${literal(theme)});\n` : ''}    const script = document.createElement('script');
    script.src = '${origin}/chatbot-widget.js';
    script.async = true;
    script.dataset.apiToken = token;
${locale ? `    script.dataset.locale = '${locale}';\n` : ''}    document.head.append(script);
  }, [token]);
  useEffect(() => {
    if (user) window.Chatbot('identify', { name: user.name, id: user.id, identity: user.chatHash });
    else window.Chatbot('reset');
  }, [user]);
  return null;
}`;
}

function vue({ origin, token, locale, theme }: SnippetOptions): string {
  return `// main.js
app.use({
  install(app) {
    window.Chatbot ||= function () { (window.Chatbot.q ||= []).push(arguments); };
${theme ? `    window.Chatbot('theme', ${literal(theme)});\n` : ''}    const script = Object.assign(document.createElement('script'), { async: true, src: '${origin}/chatbot-widget.js' });
    script.dataset.apiToken = '${token}';
${locale ? `    script.dataset.locale = '${locale}';\n` : ''}    document.head.append(script);
    app.config.globalProperties.$chat = (...command) => window.Chatbot(...command);
  },
});`;
}

function wordpress({ origin, token, locale, theme }: SnippetOptions): string {
  const before = theme
    ? `    wp_add_inline_script('chatbot', <<<'JS'
${STUB}
Chatbot('theme', ${literal(theme)})
JS, 'before');\n`
    : '';
  return `add_action('wp_enqueue_scripts', function () {
    wp_enqueue_script('chatbot', '${origin}/chatbot-widget.js', [], null, ['strategy' => 'async', 'in_footer' => true]);
${before}});
add_filter('script_loader_tag', function ($tag, $handle) {
    return $handle === 'chatbot' ? str_replace(' src=', ' data-api-token="${token}"${localeAttribute(locale)} src=', $tag) : $tag;
}, 10, 2);`;
}

function blade({ origin, token, locale, theme }: SnippetOptions): string {
  return `{{-- config/services.php: 'chat' => ['url' => '${origin}', 'token' => '${token}', 'secret' => env('CHAT_SECRET')] --}}
${themeScript(theme)}<script async src="{{ config('services.chat.url') }}/chatbot-widget.js"
        data-api-token="{{ config('services.chat.token') }}"${locale ? `\n        data-locale="${locale}"` : ''}
        @auth
        data-visitor-id="{{ auth()->id() }}"
        data-visitor-name="{{ auth()->user()->name }}"
        data-visitor-email="{{ auth()->user()->email }}"
        data-visitor-hash="{{ hash_hmac('sha256', (string) auth()->id(), config('services.chat.secret')) }}"
        @endauth></script>`;
}

/** Tag Manager takes attributes away from script tags. */
function gtm({ origin, token, locale, theme }: SnippetOptions): string {
  return `<script>
  window.ChatbotConfig = { apiToken: '${token}', widgetUrl: '${origin}'${locale ? `, locale: '${locale}'` : ''} };
${theme ? `  ${STUB};\n  Chatbot('theme', ${literal(theme)});\n` : ''}  var script = document.createElement('script');
  script.async = true;
  script.src = '${origin}/chatbot-widget.js';
  document.head.appendChild(script);
</script>`;
}

function localeAttribute(locale: string | null | undefined): string {
  return locale ? ` data-locale="${locale}"` : '';
}

function themeScript(theme: SnippetOptions['theme']): string {
  return theme ? `<script>\n  ${STUB}\n  Chatbot('theme', ${literal(theme)})\n</script>\n` : '';
}

/** `{ color: '#3455db', offset_x: 20 }`: numbers, and words without quotes in them. */
function literal(values: Record<string, unknown>): string {
  const text = (value: unknown) => (typeof value === 'number' ? String(value) : `'${String(value)}'`);
  return `{ ${Object.entries(values).map(([name, value]) => `${name}: ${text(value)}`).join(', ')} }`;
}
