//! Figures as JSON and as cells of a table, with the same names.

use super::csv::Cell;
use crate::openapi::shape;
use antiphon_domain::{CsatFigures, Figures, WaitFigures};
use serde_json::{Value, json};

shape! {
    /// How long something took, in whole seconds. `null` where nothing was measured.
    #[schema(as = Waits)]
    WaitsJson {
        /// How many were measured.
        count: i64,
        mean_seconds: Option<i64>,
        median_seconds: Option<i64>,
        /// The shortest that nine of ten did not exceed.
        p90_seconds: Option<i64>,
    }
}

shape! {
    /// What visitors thought of it.
    #[schema(as = Csat)]
    CsatJson {
        ratings: i64,
        /// The mean, to two places.
        score: Option<f64>,
        /// Ratings of 4 and 5.
        satisfied: i64,
        /// How many ratings there are of each score, from 1 to 5.
        #[schema(min_items = 5, max_items = 5)]
        scores: Vec<i64>,
        /// Which part of the conversations that were closed their visitor has rated, from 0 to 1.
        answer_rate: Option<f64>,
    }
}

shape! {
    /// The figures of a period, or of a part of it. What each means stands in docs/reports.md.
    #[schema(as = Figures)]
    FiguresJson {
        new_conversations: i64,
        /// `null` by label.
        messages_received: Option<i64>,
        /// `null` by label.
        messages_sent: Option<i64>,
        closed: i64,
        reopened: i64,
        first_response: WaitsJson,
        resolution: WaitsJson,
        csat: CsatJson,
    }
}

pub(super) fn figures_json(figures: &Figures) -> Value {
    let Figures {
        new_conversations,
        messages_received,
        messages_sent,
        closed,
        reopened,
        first_response,
        resolution,
        csat,
    } = figures;
    json!({
        "new_conversations": new_conversations,
        "messages_received": messages_received,
        "messages_sent": messages_sent,
        "closed": closed,
        "reopened": reopened,
        "first_response": waits_json(first_response),
        "resolution": waits_json(resolution),
        "csat": csat_json(csat),
    })
}

fn waits_json(waits: &WaitFigures) -> Value {
    json!({
        "count": waits.count,
        "mean_seconds": waits.mean_s,
        "median_seconds": waits.median_s,
        "p90_seconds": waits.p90_s,
    })
}

fn csat_json(csat: &CsatFigures) -> Value {
    json!({
        "ratings": csat.ratings(),
        "score": csat.score(),
        "satisfied": csat.satisfied(),
        "scores": csat.scores,
        "answer_rate": csat.answer_rate(),
    })
}

/// The columns of [`figures_cells`].
pub(super) const FIGURES: &[&str] = &[
    "new_conversations",
    "messages_received",
    "messages_sent",
    "closed",
    "reopened",
    "first_responses",
    "first_response_mean_seconds",
    "first_response_median_seconds",
    "first_response_p90_seconds",
    "resolutions",
    "resolution_mean_seconds",
    "resolution_median_seconds",
    "resolution_p90_seconds",
    "ratings",
    "csat_score",
    "satisfied",
    "score_1",
    "score_2",
    "score_3",
    "score_4",
    "score_5",
    "answer_rate",
];

pub(super) fn figures_cells(figures: &Figures) -> Vec<Cell> {
    let mut cells = vec![
        Cell::number(Some(figures.new_conversations)),
        Cell::number(figures.messages_received),
        Cell::number(figures.messages_sent),
        Cell::number(Some(figures.closed)),
        Cell::number(Some(figures.reopened)),
    ];
    for waits in [&figures.first_response, &figures.resolution] {
        cells.push(Cell::number(Some(waits.count)));
        cells.extend([waits.mean_s, waits.median_s, waits.p90_s].map(Cell::number));
    }
    let csat = &figures.csat;
    cells.push(Cell::number(Some(csat.ratings())));
    cells.push(Cell::number(csat.score()));
    cells.push(Cell::number(Some(csat.satisfied())));
    cells.extend(csat.scores.map(|n| Cell::number(Some(n))));
    cells.push(Cell::number(csat.answer_rate()));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::Tally;

    #[test]
    fn every_column_has_its_cell() {
        let cells = figures_cells(&Tally::default().finish());
        assert_eq!(cells.len(), FIGURES.len());
    }
}
