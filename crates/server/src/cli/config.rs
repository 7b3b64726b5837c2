//! `antiphon config:check` and `config:show`: looking at the configuration without writing anything.

use crate::output::Format;
use antiphon_config::{Config, Options, SecretsMode};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    format: Format,
}

pub(crate) fn check(args: &CheckArgs, mut options: Options) -> anyhow::Result<()> {
    options.secrets = SecretsMode::Preview;
    let config = Config::of_process(&options)?;
    let notices: Vec<Value> = config
        .notices()
        .iter()
        .map(|notice| json!({ "key": notice.key, "message": notice.message }))
        .collect();
    args.format
        .print(&json!({ "ok": true, "notices": notices }), || {
            let notices = config
                .notices()
                .iter()
                .map(|notice| format!("\nnote: {}", notice.message));
            format!("The configuration is good.{}", notices.collect::<String>())
        });
    Ok(())
}

pub(crate) fn show(args: &ShowArgs, mut options: Options) -> anyhow::Result<()> {
    options.secrets = SecretsMode::Preview;
    let config = Config::of_process(&options)?;
    let settings = config.show();
    let json: serde_json::Map<String, Value> = settings
        .iter()
        .map(|setting| {
            (
                setting.key().name.to_owned(),
                json!({ "value": setting.shown(), "source": setting.source().to_string() }),
            )
        })
        .collect();
    args.format.print(&json.into(), || {
        let width = settings
            .iter()
            .map(|setting| setting.key().name.len())
            .max()
            .unwrap_or_default();
        let row = |setting: &antiphon_config::Setting| {
            format!(
                "{:width$}  {}  ({})",
                setting.key().name,
                setting.shown().unwrap_or("-"),
                setting.source()
            )
        };
        settings.iter().map(row).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}
