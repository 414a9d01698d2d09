//! Which rows of a long list are drawn, and where.
//!
//! All rows are equally high, so that the arithmetic is exact. A list that is higher than browsers can lay out is scrolled
//! faster than the hand moves; its first and last row are still reached.

/// Browsers lose precision, or stop, somewhere above this.
const HIGHEST_PX: f64 = 12_000_000.0;
/// Drawn beyond the edges, so that a quick hand does not see white.
const BEYOND: usize = 8;

/// The rows to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// The first.
    pub(super) first: usize,
    /// Behind the last.
    pub(super) end: usize,
    /// Where the first one is drawn.
    pub(super) top_px: f64,
    /// How high the whole list is laid out.
    pub(super) height_px: f64,
}

/// The window on `rows` rows that are `row_px` high, when `view_px` of the list are seen from `scroll_px` on.
pub(super) fn window(rows: usize, row_px: f64, view_px: f64, scroll_px: f64) -> Window {
    let whole_px = rows as f64 * row_px;
    let height_px = whole_px.min(HIGHEST_PX);
    let scroll_px = scroll_px.clamp(0.0, (height_px - view_px).max(0.0));
    // How far the rows are scrolled where the list is laid out lower than it is.
    let pace = if height_px > view_px { (whole_px - view_px) / (height_px - view_px) } else { 1.0 };
    let offset_px = scroll_px * pace;
    let seen = (offset_px / row_px) as usize;
    let first = seen.saturating_sub(BEYOND).min(rows);
    let end = (((offset_px + view_px) / row_px).ceil() as usize + BEYOND).min(rows);
    Window { first, end, top_px: scroll_px - (offset_px - first as f64 * row_px), height_px }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: f64 = 24.0;
    const VIEW: f64 = 480.0;

    /// The rows that a person sees, by where they are drawn.
    fn seen(window: Window, scroll: f64) -> (usize, usize) {
        let at = |row: usize| window.top_px + (row - window.first) as f64 * ROW;
        let in_view = |row: &usize| at(*row) + ROW > scroll + 1e-3 && at(*row) < scroll + VIEW - 1e-3;
        let rows: Vec<usize> = (window.first..window.end).filter(in_view).collect();
        (*rows.first().unwrap(), *rows.last().unwrap())
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        assert_eq!(window(0, ROW, VIEW, 0.0), Window { first: 0, end: 0, top_px: 0.0, height_px: 0.0 });
        assert_eq!(window(5, ROW, VIEW, 300.0), Window { first: 0, end: 5, top_px: 0.0, height_px: 120.0 });
    }

    #[test]
    fn the_view_is_always_full_wherever_it_is_scrolled_to() {
        for rows in [21, 1_000, 100_000, 1_000_000, 20_000_000] {
            let height = window(rows, ROW, VIEW, 0.0).height_px;
            for step in 0..=1000 {
                let scroll = (height - VIEW) * f64::from(step) / 1000.0;
                let window = window(rows, ROW, VIEW, scroll);
                let (first, last) = seen(window, scroll);
                assert!(last - first >= 19, "{rows} rows at {scroll}: {first} to {last}");
                assert!(window.end - window.first <= 21 + 2 * BEYOND + 1, "{rows}: few rows are drawn");
            }
        }
    }

    #[test]
    fn the_first_and_the_last_row_are_reached_in_a_list_of_any_length() {
        for rows in [30, 500_000, 1_000_000, 50_000_000] {
            let height = window(rows, ROW, VIEW, 0.0).height_px;
            assert!(height <= HIGHEST_PX);
            assert_eq!(seen(window(rows, ROW, VIEW, 0.0), 0.0).0, 0);
            let bottom = height - VIEW;
            assert_eq!(seen(window(rows, ROW, VIEW, bottom), bottom).1, rows - 1);
            assert_eq!(window(rows, ROW, VIEW, bottom + 9_999.0), window(rows, ROW, VIEW, bottom), "beyond the end");
        }
    }
}
