//! Which rows stand in the window, and where: the arithmetic of a list of any length.
//!
//! Chrome lays out nothing higher than about 33 million pixels. A list that would be higher gets a
//! shorter scroll bar, and a step of it moves more than a step of the list.

/// Rows that are drawn beyond each edge, so that a fast scroll shows no gap.
const MARGIN: usize = 8;

/// Highest element that is laid out, in CSS pixels.
const HIGHEST: f64 = 15_000_000.0;

/// A list with rows of one height, seen through a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Number of rows.
    pub rows: usize,
    /// Height of each, in CSS pixels.
    pub row_height: f64,
    /// Height of the window, in CSS pixels.
    pub window: f64,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// First row that is drawn.
    pub first: usize,
    /// One beyond the last.
    pub end: usize,
    /// Where the first row stands, in CSS pixels from the top of the element.
    pub top: f64,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // pixels and rows far below 2^53, clamped at zero
impl Scene {
    fn full_height(self) -> f64 {
        self.rows as f64 * self.row_height
    }

    /// Height of the element that scrolls, in CSS pixels.
    #[must_use]
    pub fn height(self) -> f64 {
        self.full_height().min(HIGHEST)
    }

    /// Pixels of the list for each pixel of the scroll bar; 1 but for very long lists.
    fn stretch(self) -> f64 {
        let (full, laid_out) = (
            self.full_height() - self.window,
            self.height() - self.window,
        );
        if laid_out > 0.0 && full > 0.0 {
            full / laid_out
        } else {
            1.0
        }
    }

    /// What is drawn at a scroll position.
    #[must_use]
    pub fn cut(self, scroll_top: f64) -> Cut {
        let place =
            (scroll_top.max(0.0) * self.stretch()).min((self.full_height() - self.window).max(0.0));
        let at = (place / self.row_height) as usize;
        let first = at.saturating_sub(MARGIN).min(self.rows);
        let seen = (self.window / self.row_height).ceil() as usize + 1;
        Cut {
            first,
            end: (at + seen + MARGIN).min(self.rows),
            top: scroll_top.max(0.0) - (place - first as f64 * self.row_height),
        }
    }

    /// The scroll position that brings a row to the middle of the window.
    #[must_use]
    pub fn centre(self, row: usize) -> f64 {
        let place = (row as f64 + 0.5) * self.row_height - self.window / 2.0;
        let last = (self.full_height() - self.window).max(0.0);
        place.clamp(0.0, last) / self.stretch()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Scene = Scene {
        rows: 1_000,
        row_height: 20.0,
        window: 200.0,
    };

    const LONG: Scene = Scene {
        rows: 5_000_000,
        row_height: 20.0,
        window: 200.0,
    };

    #[test]
    fn the_top_the_middle_and_the_end_of_a_list() {
        assert_eq!(
            SHORT.cut(0.0),
            Cut {
                first: 0,
                end: 19,
                top: 0.0
            }
        );
        assert_eq!(
            SHORT.cut(10_005.0),
            Cut {
                first: 492,
                end: 519,
                top: 9_840.0
            }
        );
        assert_eq!(SHORT.cut(19_800.0).end, 1_000);
        assert_eq!(SHORT.cut(1e9).end, 1_000);
        assert_eq!(SHORT.cut(-30.0).first, 0);
    }

    #[test]
    fn an_empty_list_and_a_hidden_window_draw_nothing_wrong() {
        let empty = Scene { rows: 0, ..SHORT };
        assert_eq!(empty.cut(0.0).end, 0);
        assert_eq!(empty.centre(0), 0.0);
        let hidden = Scene {
            window: 0.0,
            ..SHORT
        };
        assert!(hidden.cut(0.0).end <= 1_000);
    }

    #[test]
    fn a_very_long_list_reaches_its_first_and_its_last_row() {
        assert!(LONG.height() <= HIGHEST);
        assert_eq!(LONG.cut(0.0).first, 0);
        let bottom = LONG.height() - LONG.window;
        let cut = LONG.cut(bottom);
        assert_eq!(cut.end, LONG.rows);
        // The last row ends at the element's end.
        let end = cut.top + (cut.end - cut.first) as f64 * LONG.row_height;
        assert!((end - LONG.height()).abs() < 1.0, "{end}");
    }

    #[test]
    fn a_centred_row_is_drawn() {
        for scene in [SHORT, LONG] {
            for row in [0, 1, scene.rows / 3, scene.rows - 1] {
                let cut = scene.cut(scene.centre(row));
                assert!((cut.first..cut.end).contains(&row), "{row} {cut:?}");
            }
        }
    }
}
