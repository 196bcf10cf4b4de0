//! Pictures made of characters.

/// Returns a curve as columns of blocks: `height` lines of eight steps each, the first
/// line on top. The scale begins at 0 and ends at the largest value.
pub(crate) fn columns(values: &[f64], height: usize) -> Vec<String> {
    const STEPS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let top = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let line_at = |line: usize| {
        let block = |value: &f64| {
            let steps = (value / top * (8 * height) as f64).round() as usize;
            STEPS[steps.saturating_sub(8 * line).min(8)]
        };
        values.iter().map(block).collect()
    };
    (0..height).rev().map(line_at).collect()
}

/// Returns an image as lines of shades, two characters per pixel; pixels go from 0 to 1.
pub(crate) fn shades(pixels: &[f32], width: usize) -> Vec<String> {
    const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];
    let shade = |pixel: &f32| SHADES[(pixel.clamp(0.0, 1.0) * 4.0).round() as usize];
    pixels.chunks(width).map(|row| row.iter().map(shade).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_high_as_their_values() {
        assert_eq!(columns(&[2.0, 1.0, 0.5, 0.0], 2), ["█   ", "██▄ "]);
        assert_eq!(columns(&[0.0], 1), [" "]);
        assert_eq!(columns(&[], 1), [""]);
    }

    #[test]
    fn shades_go_from_white_to_black() {
        assert_eq!(shades(&[0.0, 0.25, 0.5, 1.0], 2), ["  ░░", "▒▒██"]);
    }
}
