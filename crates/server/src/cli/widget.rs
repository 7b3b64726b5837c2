//! `antiphon widget:create`, `widget:list`, `widget:show` and `widget:update`.

use crate::output::Format;
use antiphon_chat::{Administrator, NewWidgetRequest, WidgetChanges};
use antiphon_config::Options;
use antiphon_domain::{Widget, WidgetId};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};

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

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The widget's number, as `widget:list` shows it
    #[arg(long)]
    id: i64,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("changes").required(true).multiple(true)
    .args(["name", "domains", "welcome_message", "settings"]))]
pub(crate) struct UpdateArgs {
    /// The widget's number, as `widget:list` shows it
    #[arg(long)]
    id: i64,
    /// The name that visitors see
    #[arg(long)]
    name: Option<String>,
    /// A host on whose pages the widget may run; may be repeated, and replaces all that there were
    #[arg(long = "domain", value_name = "HOST")]
    domains: Option<Vec<String>>,
    /// The first line that visitors read
    #[arg(long, value_name = "TEXT")]
    welcome_message: Option<String>,
    /// A JSON file with the settings, or - for the standard input; replaces all that there were, and what it leaves out is as by default
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// A file of settings that is larger than this is not read: the settings it could hold are much smaller.
const MAX_SETTINGS_BYTES: u64 = 1024 * 1024;

pub(crate) fn create(args: CreateArgs, options: &Options) -> anyhow::Result<()> {
    let app_url = super::load(options)?.public_url().to_string();
    let request = NewWidgetRequest {
        name: args.name,
        domains: args.domains,
        welcome_message: args.welcome_message,
    };
    let widget = super::with_chat(options, async move |chat| {
        chat.create_widget(Administrator::CommandLine, &request)
            .await
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

pub(crate) fn show(args: &ShowArgs, options: &Options) -> anyhow::Result<()> {
    let id = WidgetId(args.id);
    let widget = super::with_chat(options, async move |chat| chat.widget(id).await)?;
    print_whole(args.format, &widget);
    Ok(())
}

pub(crate) fn update(args: UpdateArgs, options: &Options) -> anyhow::Result<()> {
    let settings = args.settings.as_deref().map(read_settings).transpose()?;
    let changes = WidgetChanges {
        name: args.name,
        domains: args.domains,
        welcome_message: args.welcome_message,
        settings,
    };
    let id = WidgetId(args.id);
    let widget = super::with_chat(options, async move |chat| {
        chat.update_widget(Administrator::CommandLine, id, changes)
            .await
    })?;
    print_whole(args.format, &widget);
    Ok(())
}

fn read_settings(path: &Path) -> anyhow::Result<Value> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .take(MAX_SETTINGS_BYTES)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_SETTINGS_BYTES).read_to_string(&mut text))
    };
    read.with_context(|| format!("cannot read the settings from {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("the settings in {} are no JSON", path.display()))
}

/// The widget with its settings, complete, in the form that `widget:update --settings` takes.
fn print_whole(format: Format, widget: &Widget) {
    let settings = widget.settings.document();
    let mut json = public_json(widget);
    json["settings"] = settings.clone();
    format.print(&json, || {
        format!(
            "{id}  {token}  {name}\ndomains: {domains}\nwelcome: {welcome}\nsettings: {settings:#}",
            id = widget.id,
            token = widget.token.as_str(),
            name = widget.name.as_str(),
            domains = widget.allowed_domains.as_slice().join(", "),
            welcome = widget.welcome_message,
        )
    });
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
