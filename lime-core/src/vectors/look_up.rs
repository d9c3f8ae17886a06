//! Look-ups of eight numbers at once, in tables that fit into registers: an instruction that AVX-512 has and that no loop is compiled to.
#![allow(unsafe_code)]

/// Numbers of a vector.
pub(crate) const EIGHT: usize = 8;
/// Bits of a code that are looked up together.
pub(crate) const GROUP: usize = 4;
/// Groups of a code.
pub(crate) const GROUPS: usize = u64::BITS as usize / GROUP;

/// For each group of a code the numbers of its 16 values.
pub(crate) type Tables = [[f64; 1 << GROUP]; GROUPS];
/// Eight codes.
pub(crate) type Codes = [u64; EIGHT];
/// Eight codes from each of their groups on: shifted by 0, 4, 8 ... bits.
pub(crate) type Shifted = [Codes; GROUPS];

/// Sums for each of eight codes with the one 0, 1 ... 4 places on, the first again after the last: all pairs there are.
pub(crate) type Turned = [[f64; EIGHT]; EIGHT / 2 + 1];

/// How they are done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookUp {
    /// By the instruction. There is none such where the processor has not got it.
    in_registers: bool,
}

impl LookUp {
    /// In registers, if this processor can.
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") {
            return Some(Self { in_registers: true });
        }
        None
    }

    /// Whether they are done by the instruction.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn in_registers(self) -> bool {
        self.in_registers
    }

    /// As any processor can, but slowly.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { in_registers: false }
    }

    /// Adds to each sum the numbers, group by group, that the tables have of the bits which both codes have: those of `left[i][_][a]` and
    /// `right[b]` to `sums[i][a][b]`.
    pub(crate) fn add_common(
        self,
        tables: &Tables,
        left: &[Shifted],
        right: &Codes,
        sums: &mut [[[f64; EIGHT]; EIGHT]],
    ) {
        #[cfg(target_arch = "x86_64")]
        if self.in_registers {
            // SAFETY: `detect` has found AVX-512F.
            return unsafe { avx512::add_common(tables, left, right, sums) };
        }
        for (left, sums) in left.iter().zip(sums) {
            for (group, (table, left)) in tables.iter().zip(left).enumerate() {
                for (sums, left) in sums.iter_mut().zip(left) {
                    for (sum, right) in sums.iter_mut().zip(right) {
                        *sum += table[(left & right >> (GROUP * group)) as usize % table.len()];
                    }
                }
            }
        }
    }

    /// The same for each two of eight codes.
    pub(crate) fn add_own(self, tables: &Tables, codes: &Codes, sums: &mut Turned) {
        #[cfg(target_arch = "x86_64")]
        if self.in_registers {
            // SAFETY: as above.
            return unsafe { avx512::add_own(tables, codes, sums) };
        }
        for (turn, sums) in sums.iter_mut().enumerate() {
            for (at, sum) in sums.iter_mut().enumerate() {
                let common = codes[at] & codes[(at + turn) % EIGHT];
                for (group, table) in tables.iter().enumerate() {
                    *sum += table[(common >> (GROUP * group)) as usize % table.len()];
                }
            }
        }
    }

    /// Adds to each sum the numbers, group by group, that the tables have of the code.
    pub(crate) fn add(self, tables: &Tables, codes: &Codes, sums: &mut [f64; EIGHT]) {
        #[cfg(target_arch = "x86_64")]
        if self.in_registers {
            // SAFETY: as above.
            return unsafe { avx512::add(tables, codes, sums) };
        }
        for (sum, code) in sums.iter_mut().zip(codes) {
            for (group, table) in tables.iter().enumerate() {
                *sum += table[(code >> (GROUP * group)) as usize % table.len()];
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx512 {
    use std::arch::x86_64::{
        __m512d, __m512i, _mm512_add_pd, _mm512_alignr_epi64, _mm512_and_si512, _mm512_fmadd_pd, _mm512_loadu_pd,
        _mm512_loadu_si512, _mm512_permutex2var_pd, _mm512_set1_epi64, _mm512_set1_pd, _mm512_srli_epi64,
        _mm512_storeu_pd,
    };
    use std::hint::black_box;

    use super::{Codes, EIGHT, GROUP, Shifted, Tables, Turned};

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_common(tables: &Tables, left: &[Shifted], right: &Codes, sums: &mut [[[f64; EIGHT]; EIGHT]]) {
        // One that the compiler does not know to be one: a product with it leaves an addition's bits, and half of the additions are computed
        // elsewhere than the other half.
        let one = _mm512_set1_pd(black_box(1.0));
        for (left, sums) in left.iter().zip(sums) {
            let mut inside = sums.each_ref().map(|sums| numbers(sums));
            let mut right = codes(right);
            for (table, left) in tables.iter().zip(left) {
                let [low, high] = halves(table);
                for (at, (inside, &left)) in inside.iter_mut().zip(left).enumerate() {
                    let common = _mm512_and_si512(_mm512_set1_epi64(left.cast_signed()), right);
                    let more = _mm512_permutex2var_pd(low, common, high);
                    *inside =
                        if at % 2 == 0 { _mm512_fmadd_pd(one, more, *inside) } else { _mm512_add_pd(*inside, more) };
                }
                right = _mm512_srli_epi64::<{ GROUP as u32 }>(right);
            }
            for (sums, inside) in sums.iter_mut().zip(inside) {
                store(sums, inside);
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_own(tables: &Tables, of: &Codes, sums: &mut Turned) {
        let mut inside = sums.each_ref().map(|sums| numbers(sums));
        let code = codes(of);
        let turned = [
            code,
            _mm512_alignr_epi64::<1>(code, code),
            _mm512_alignr_epi64::<2>(code, code),
            _mm512_alignr_epi64::<3>(code, code),
            _mm512_alignr_epi64::<4>(code, code),
        ];
        let mut common = turned.map(|other| _mm512_and_si512(code, other));
        for table in tables {
            let [low, high] = halves(table);
            for (inside, common) in inside.iter_mut().zip(&mut common) {
                *inside = _mm512_add_pd(*inside, _mm512_permutex2var_pd(low, *common, high));
                *common = _mm512_srli_epi64::<{ GROUP as u32 }>(*common);
            }
        }
        for (sums, inside) in sums.iter_mut().zip(inside) {
            store(sums, inside);
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn add(tables: &Tables, of: &Codes, sums: &mut [f64; EIGHT]) {
        let (mut inside, mut code) = (numbers(sums), codes(of));
        for table in tables {
            let [low, high] = halves(table);
            inside = _mm512_add_pd(inside, _mm512_permutex2var_pd(low, code, high));
            code = _mm512_srli_epi64::<{ GROUP as u32 }>(code);
        }
        store(sums, inside);
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(in crate::vectors) fn halves(table: &[f64; 16]) -> [__m512d; 2] {
        // SAFETY: eight of the sixteen numbers from the first on, and from the ninth on.
        unsafe { [_mm512_loadu_pd(table.as_ptr()), _mm512_loadu_pd(table.as_ptr().add(8))] }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(in crate::vectors) fn numbers(of: &[f64; EIGHT]) -> __m512d {
        // SAFETY: they are eight.
        unsafe { _mm512_loadu_pd(of.as_ptr()) }
    }

    #[target_feature(enable = "avx512f")]
    fn codes(of: &Codes) -> __m512i {
        // SAFETY: they are eight.
        unsafe { _mm512_loadu_si512(of.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f")]
    fn store(to: &mut [f64; EIGHT], numbers: __m512d) {
        // SAFETY: they are eight.
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), numbers) }
    }
}
