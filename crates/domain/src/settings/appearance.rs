//! Where the chat's button stands and which colours it has.

use super::reader::Section;
use crate::Invalid;
use serde_json::{Value, json};

/// The corner of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below, at the right.
    Right,
    /// Below, at the left.
    Left,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As the visitor's system is.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// A color, `#rrggbb` in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

impl Color {
    /// Checks a color.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Invalid::new("must be a color such as #3455db"))
        }
    }

    /// The color as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Place and colors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    /// The corner.
    pub position: Side,
    /// Distance from the side, CSS pixels, at most 500.
    pub offset_x: u16,
    /// Distance from below, CSS pixels, at most 500.
    pub offset_y: u16,
    /// Above what else of the page.
    pub z_index: i32,
    /// The accent.
    pub color: Color,
    /// Light or dark.
    pub mode: Mode,
}

/// A button further away than this from its corner is not seen on a phone.
const MAX_OFFSET: i64 = 500;
/// The distance that the button has had from the beginning.
const OFFSET: i64 = 20;
/// Below the largest that browsers take, so that a page can still put something above.
const Z_INDEX: i64 = 2_147_483_000;
/// The accent that the widget has unless its owner chooses another.
const COLOR: &str = "#3455db";

impl Appearance {
    pub(super) fn read(settings: &mut Section<'_>) -> Self {
        let position = settings.text("position", |text| match text {
            "right" => Ok(Side::Right),
            "left" => Ok(Side::Left),
            _ => Err(Invalid::new("must be right or left")),
        });
        let mut pixels = |name| {
            u16::try_from(settings.integer(name, 0..=MAX_OFFSET, OFFSET)).unwrap_or_default()
        };
        let (offset_x, offset_y) = (pixels("offset_x"), pixels("offset_y"));
        let z_index = settings.integer("z_index", 0..=i64::from(i32::MAX), Z_INDEX);
        let (mut color, mut mode) = (None, None);
        if let Some(mut theme) = settings.section("theme") {
            color = theme.text("color", Color::parse);
            mode = theme.text("mode", |text| match text {
                "auto" => Ok(Mode::Auto),
                "light" => Ok(Mode::Light),
                "dark" => Ok(Mode::Dark),
                _ => Err(Invalid::new("must be auto, light or dark")),
            });
            theme.finish();
        }
        Self {
            position: position.unwrap_or(Side::Right),
            offset_x,
            offset_y,
            z_index: i32::try_from(z_index).unwrap_or_default(),
            color: color.unwrap_or_else(|| Color(COLOR.to_owned())),
            mode: mode.unwrap_or(Mode::Auto),
        }
    }

    pub(super) fn write(&self, document: &mut Value) {
        document["position"] = json!(match self.position {
            Side::Right => "right",
            Side::Left => "left",
        });
        document["offset_x"] = json!(self.offset_x);
        document["offset_y"] = json!(self.offset_y);
        document["z_index"] = json!(self.z_index);
        document["theme"] = json!({ "color": self.color.as_str(), "mode": match self.mode {
            Mode::Auto => "auto",
            Mode::Light => "light",
            Mode::Dark => "dark",
        } });
    }
}
