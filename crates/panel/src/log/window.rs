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

    fn last_place(self) -> f64 {
        (self.full_height() - self.window).max(0.0)
    }

    /// The place of the list, in its own pixels, that the window begins with at a scroll position.
    #[must_use]
    pub fn place(self, scroll_top: f64) -> f64 {
        self.clamped(scroll_top * self.stretch())
    }

    /// The nearest place that a window can begin with.
    #[must_use]
    pub fn clamped(self, place: f64) -> f64 {
        place.clamp(0.0, self.last_place())
    }

    /// The scroll position that shows a place of the list.
    #[must_use]
    pub fn scroll_top(self, place: f64) -> f64 {
        self.clamped(place) / self.stretch()
    }

    /// The row that stands at a place.
    #[must_use]
    pub fn row_at(self, place: f64) -> usize {
        (self.clamped(place) / self.row_height) as usize
    }

    /// What is drawn of a window that begins with a place of the list, at a scroll position near it:
    /// positions are whole pixels, and each of them can be many of a very long list.
    #[must_use]
    pub fn cut(self, place: f64, scroll_top: f64) -> Cut {
        let place = self.clamped(place);
        let at = self.row_at(place);
        let first = at.saturating_sub(MARGIN).min(self.rows);
        let seen = (self.window / self.row_height).ceil() as usize + 1;
        Cut {
            first,
            end: (at + seen + MARGIN).min(self.rows),
            top: scroll_top.max(0.0) - (place - first as f64 * self.row_height),
        }
    }

    /// The place that brings a row to the middle of the window.
    #[must_use]
    pub fn centre(self, row: usize) -> f64 {
        let place = (row as f64 + 0.5) * self.row_height - self.window / 2.0;
        self.clamped(place)
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

    fn cut(scene: Scene, scroll_top: f64) -> Cut {
        scene.cut(scene.place(scroll_top), scroll_top)
    }

    #[test]
    fn the_top_the_middle_and_the_end_of_a_list() {
        assert_eq!(
            cut(SHORT, 0.0),
            Cut {
                first: 0,
                end: 19,
                top: 0.0
            }
        );
        assert_eq!(
            cut(SHORT, 10_005.0),
            Cut {
                first: 492,
                end: 519,
                top: 9_840.0
            }
        );
        assert_eq!(cut(SHORT, 19_800.0).end, 1_000);
        assert_eq!(cut(SHORT, 1e9).end, 1_000);
        assert_eq!(cut(SHORT, -30.0).first, 0);
    }

    #[test]
    fn an_empty_list_and_a_hidden_window_draw_nothing_wrong() {
        let empty = Scene { rows: 0, ..SHORT };
        assert_eq!(cut(empty, 0.0).end, 0);
        assert_eq!(empty.centre(0), 0.0);
        let hidden = Scene {
            window: 0.0,
            ..SHORT
        };
        assert!(cut(hidden, 0.0).end <= 1_000);
    }

    #[test]
    fn a_very_long_list_reaches_its_first_and_its_last_row() {
        assert!(LONG.height() <= HIGHEST);
        assert_eq!(cut(LONG, 0.0).first, 0);
        let bottom = LONG.height() - LONG.window;
        let cut = cut(LONG, bottom);
        assert_eq!(cut.end, LONG.rows);
        // The last row ends at the element's end.
        let end = cut.top + (cut.end - cut.first) as f64 * LONG.row_height;
        assert!((end - LONG.height()).abs() < 1.0, "{end}");
    }

    #[test]
    fn a_centred_row_is_drawn() {
        for scene in [SHORT, LONG] {
            for row in [0, 1, scene.rows / 3, scene.rows - 1] {
                let place = scene.centre(row);
                let cut = scene.cut(place, scene.scroll_top(place));
                assert!((cut.first..cut.end).contains(&row), "{row} {cut:?}");
            }
        }
    }

    #[test]
    fn a_place_stays_where_it_is_when_rows_come_and_go() {
        // Whoever looks at a row sees it at the same height of the window, to the pixel.
        for (before, come, gone) in [
            (900_000, 50_000, 0),
            (900_000, 0, 40_000),
            (5_000, 9_000_000, 70),
        ] {
            let old = Scene {
                rows: before,
                ..LONG
            };
            let new = Scene {
                rows: before + come - gone,
                ..LONG
            };
            let place = old.place(old.scroll_top(80_000.0).round());
            let lost = gone as f64 * LONG.row_height;
            let moved = place - lost.min(place);
            let shown = |scene: Scene, place: f64| {
                let scroll_top = scene.scroll_top(place).round();
                let cut = scene.cut(place, scroll_top);
                // The first drawn row against the window's top.
                cut.top - scroll_top - cut.first as f64 * scene.row_height
            };
            let (was, is) = (shown(old, place), shown(new, moved));
            assert!((was + place).abs() < 0.01, "{was} {place}");
            assert!((is + moved).abs() < 0.01, "{is} {moved}");
            assert!((new.place(new.scroll_top(moved)) - moved).abs() < 0.01);
        }
    }
}
