//! A representation: a pumping station by its switches.

use lime_core::{BoxError, Draw, Real, Representation, Space};

/// A pumping station: what the model takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Station {
    /// The main switch.
    pub mains: bool,
    /// Two pumps.
    pub pumps: [bool; 2],
    /// The light in the hall.
    pub light: bool,
}

impl Station {
    fn switches(&mut self) -> [&mut bool; 4] {
        let [first, second] = &mut self.pumps;
        [&mut self.mains, first, second, &mut self.light]
    }
}

/// A station explained by its switches: z'_j = 1 leaves switch j as it is, 0 turns it off.
#[derive(Debug)]
pub struct Switches<F: Real> {
    station: Station,
    space: Space<F>,
}

impl<F: Real> Switches<F> {
    /// The switches of a station.
    pub fn new(station: Station) -> Self {
        Self { station, space: Space::masks(4) }
    }
}

impl<F: Real> Representation<F> for Switches<F> {
    type Batch = Vec<Station>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        ["mains", "pump 1", "pump 2", "light"].map(String::from).to_vec()
    }

    fn allocate(&self, rows: usize) -> Vec<Station> {
        vec![Station::default(); rows]
    }

    fn resize(&self, batch: &mut Vec<Station>, rows: usize) {
        batch.resize(rows, Station::default());
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut Vec<Station>, at: usize) -> Result<(), BoxError> {
        for (row, station) in batch[at..at + draw.rows()].iter_mut().enumerate() {
            *station = self.station;
            for (j, switch) in station.switches().into_iter().enumerate() {
                *switch &= draw.z[(row, j)] > F::zero();
            }
        }
        Ok(())
    }

    fn instance(&self, batch: &mut Vec<Station>, at: usize) -> Result<(), BoxError> {
        batch[at] = self.station;
        Ok(())
    }
}
