//! Bytes to draw on.

use std::convert::Infallible;

use embedded_graphics::mono_font::{
    MonoFont, MonoTextStyle, iso_8859_1, iso_8859_2, iso_8859_5, iso_8859_7, iso_8859_9, iso_8859_13, jis_x0201,
};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, Drawable as _, OriginDimensions, Pixel, Point, RgbColor as _, Size};
use embedded_graphics::text::{Baseline, Text};

/// A colour: red, green, blue.
pub(super) type Rgb = [u8; 3];

/// A picture of bytes in red, green and blue.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) pixels: Vec<Rgb>,
}

impl Canvas {
    pub(super) fn new(height: usize, width: usize, colour: Rgb) -> Self {
        Self { height, width, pixels: vec![colour; height * width] }
    }

    /// Fills a rectangle, as far as it is on the canvas.
    pub(super) fn fill(&mut self, top: usize, left: usize, height: usize, width: usize, colour: impl Fn(usize) -> Rgb) {
        let right = (left + width).min(self.width);
        for row in top..(top + height).min(self.height) {
            for column in left.min(right)..right {
                self.pixels[row * self.width + column] = colour(column - left);
            }
        }
    }

    /// Writes a line of text, black, from its top left corner.
    pub(super) fn write(&mut self, text: &str, top: usize, left: usize) {
        let Ok(top) = i32::try_from(top) else { return };
        for (at, letter) in text.chars().enumerate() {
            let Ok(left) = i32::try_from(left + at * LETTER) else { return };
            let style = MonoTextStyle::new(font(letter), Rgb888::BLACK);
            let mut bytes = [0; 4];
            let drawn =
                Text::with_baseline(letter.encode_utf8(&mut bytes), Point::new(left, top), style, Baseline::Top)
                    .draw(self);
            match drawn {
                Ok(_) => {}
                Err(never) => match never {},
            }
        }
    }
}

/// The width of a letter, and the height of a line.
pub(super) const LETTER: usize = 10;
pub(super) const LINE: usize = 20;

/// The letters of each are in one style and of one size.
const FONTS: [&MonoFont<'static>; 7] = [
    &iso_8859_1::FONT_10X20,
    &iso_8859_2::FONT_10X20,
    &iso_8859_5::FONT_10X20,
    &iso_8859_7::FONT_10X20,
    &iso_8859_9::FONT_10X20,
    &iso_8859_13::FONT_10X20,
    &jis_x0201::FONT_10X20,
];

/// The first font that has a letter; what no font has is a question mark.
fn font(letter: char) -> &'static MonoFont<'static> {
    // What a font does not have it shows as it shows this.
    let has = |font: &&&MonoFont<'static>| font.glyph_mapping.index(letter) != font.glyph_mapping.index('\u{fffd}');
    FONTS.iter().find(has).unwrap_or(&FONTS[0])
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Size::new(side(self.width), side(self.height))
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let (Ok(row), Ok(column)) = (usize::try_from(point.y), usize::try_from(point.x)) else { continue };
            if row < self.height && column < self.width {
                self.pixels[row * self.width + column] = [colour.r(), colour.g(), colour.b()];
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters of several alphabets are drawn, all different, and what is in none of them is a question mark.
    #[test]
    fn letters_are_found_in_some_font() {
        let drawn = |letter: char| {
            let mut canvas = Canvas::new(LINE, LETTER, [255; 3]);
            canvas.write(&letter.to_string(), 0, 0);
            canvas.pixels
        };
        let letters = ['a', 'Z', '?', '+', 'é', 'ł', 'ж', 'λ', 'ğ', 'ū', 'ｱ'];
        for (at, &letter) in letters.iter().enumerate() {
            assert!(drawn(letter).contains(&[0; 3]), "{letter}");
            for &other in &letters[..at] {
                assert_ne!(drawn(letter), drawn(other), "{letter} {other}");
            }
        }
        assert_eq!(drawn('猫'), drawn('?'));
    }
}
