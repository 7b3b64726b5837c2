/** A widget with other settings than the server's, without another way of setting them. */

export function withSettings(page, settings, widget = {}) {
  return page.route('**/api/chatbot/config', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    Object.assign(json.widget, widget, { settings: { ...json.widget.settings, ...settings } });
    await route.fulfill({ response, json });
  });
}
