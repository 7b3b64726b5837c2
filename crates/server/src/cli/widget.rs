//! `antiphon widget:create` and `widget:list`.

use crate::output::Format;
use antiphon_chat::NewWidgetRequest;
use antiphon_config::Options;
use antiphon_domain::Widget;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// The name that visitors see
    #[arg(long)]
    name: String,
    /// A host on whose pages the widget may run, such as example.com or *.example.com; may be repeated
    #[arg(long = "domain", value_name = "HOST", required = true)]
    domains: Vec<String>,
    /// The first line that visitors read
    #[arg(long, value_name = "TEXT")]
    welcome_message: Option<String>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    format: Format,
}

pub(crate) fn create(args: CreateArgs, options: &Options) -> anyhow::Result<()> {
    let app_url = super::load(options)?.public_url().to_string();
    let request = NewWidgetRequest {
        name: args.name,
        domains: args.domains,
        welcome_message: args.welcome_message,
    };
    let widget = super::with_chat(options, async move |chat| {
        chat.create_widget(&request).await
    })?;
    let mut json = public_json(&widget);
    json["identity_secret"] = json!(widget.identity_secret);
    args.format.print(&json, || {
        let token = widget.token.as_str();
        format!(
            "Widget {id} “{name}” is ready. Paste this before </body>:\n\n\
             <script async src=\"{app_url}/chatbot-widget.js\" data-api-token=\"{token}\"></script>\n\n\
             To sign visitors' identities on your server, use this secret: {secret}",
            id = widget.id,
            name = widget.name.as_str(),
            secret = widget.identity_secret,
        )
    });
    Ok(())
}

pub(crate) fn list(args: &ListArgs, options: &Options) -> anyhow::Result<()> {
    let widgets = super::with_chat(options, async |chat| chat.widgets().await)?;
    let json = json!({ "widgets": widgets.iter().map(public_json).collect::<Vec<_>>() });
    args.format.print(&json, || {
        if widgets.is_empty() {
            return "There are no widgets yet: make one with `antiphon widget:create`.".to_owned();
        }
        let row = |widget: &Widget| {
            let state = if widget.active { "active" } else { "inactive" };
            let domains = widget.allowed_domains.as_slice().join(", ");
            format!(
                "{}  {}  {}  {}  {domains}",
                widget.id,
                widget.token.as_str(),
                state,
                widget.name.as_str()
            )
        };
        widgets.iter().map(row).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn public_json(widget: &Widget) -> Value {
    json!({
        "id": widget.id.0,
        "token": widget.token.as_str(),
        "name": widget.name.as_str(),
        "domains": widget.allowed_domains.as_slice(),
        "welcome_message": widget.welcome_message,
        "active": widget.active,
    })
}
