//! One picture for light and dark pages.
//!
//! Text and axes have the color of the text around the picture, and series are drawn in
//! colors that are dark enough for white and light enough for black. In a page the picture
//! follows the theme of the page; alone, as in a README, it asks the reader's system.

use std::sync::Arc;

use kuva::render::layout::TickFormat;
use kuva::render::theme::Theme;

/// The size of words in a picture. On a phone, a picture 500 pixels wide is 350 wide, and letters
/// have to be 9 CSS pixels large there.
pub(crate) const TEXT_SIZE: f64 = 14.0;
/// The width of a letter of that size: about as in the fonts of most systems, and a little more.
pub(crate) const TEXT_WIDTH: f64 = 7.8;

/// Returns the attributes of words in the color of a curve: mixed with the color of the text
/// around, they can be read on light and on dark pages.
pub(crate) fn ink(color: &str) -> String {
    if color == "currentColor" {
        return format!("fill=\"{color}\"");
    }
    format!(
        "fill=\"{color}\" style=\"fill: color-mix(in srgb, {color} 60%, currentColor)\""
    )
}

/// Returns a theme with text and lines in the color of the text around.
pub fn theme() -> Theme {
    let text = || "currentColor".to_owned();
    Theme {
        background: "none".to_owned(),
        axis_color: text(),
        grid_color: "#8884".to_owned(),
        tick_color: text(),
        text_color: text(),
        legend_bg: "none".to_owned(),
        legend_border: "none".to_owned(),
        font_family: Some("system-ui, sans-serif".to_owned()),
        ..Theme::light()
    }
}

/// Returns ticks with numbers from 0.01 to 1000 as they are, others by their power of ten.
pub fn ticks() -> TickFormat {
    // Sums of steps are off in the last bit.
    let rounded = |x: f64| (x * 1e6).round() / 1e6;
    TickFormat::Custom(Arc::new(move |x| match rounded(x) {
        x if x == 0.0 || (0.01..1000.0).contains(&x.abs()) => format!("{x}"),
        x => format!("{x:e}"),
    }))
}

/// Returns ticks with powers of ten, if the drawn numbers are their exponents: the plot's
/// own logarithmic axis ends at 1e-10.
pub fn powers_of_ten() -> TickFormat {
    TickFormat::Custom(Arc::new(|x| match x.fract() {
        0.0 => format!("1e{x}"),
        _ => String::new(),
    }))
}

/// Wraps a drawing into a picture that scales with its place. Alone it's dark on light or
/// light on dark, as the reader's system is; in a page it has the colors of the page.
pub(crate) fn picture(width: f64, height: f64, drawn: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" \
         style=\"color: var(--fg, inherit); --width: {width}px\" \
         xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\"><style>svg:root {{ --fg: #1f2328 }} \
         @media (prefers-color-scheme: dark) {{ svg:root {{ --fg: #e6edf3 }} }}</style>\
         {drawn}</svg>\n"
    )
}

/// Counts the clip paths of each figure by itself. The backend counts them through the
/// whole program, so their numbers would depend on earlier pictures.
pub(crate) fn with_own_ids(name: &str, drawn: &str) -> String {
    let mut parts = drawn.split("kuva-clip-");
    let mut own = parts.next().unwrap_or_default().to_owned();
    let mut seen = vec![];
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let at = seen.iter().position(|other| *other == number).unwrap_or(seen.len());
        if at == seen.len() {
            seen.push(number);
        }
        own += &format!("{name}-clip-{at}{rest}");
    }
    own
}
