//! A run of states with a typed input and a typed output.

use std::marker::PhantomData;

use indexmap::IndexMap;

use crate::{State, state_machine::States};

/// The state that ends a block whose last choice leads nowhere else.
const DONE: &str = "Done";

/// States that follow one another: from an `I` to an `O`.
#[derive(Clone, Debug)]
pub struct Chain<I, O> {
    start_at: String,
    states: IndexMap<String, State>,
    /// The states that go on to whatever follows.
    open: Vec<String>,
    types: PhantomData<fn(I) -> O>,
}

impl<I, O> Chain<I, O> {
    /// One state, which goes on to whatever follows.
    pub(super) fn of(name: &str, state: State) -> Self {
        Self {
            start_at: name.to_owned(),
            states: IndexMap::from([(name.to_owned(), state)]),
            open: vec![name.to_owned()],
            types: PhantomData,
        }
    }

    /// A state that goes on with one of these chains.
    pub(super) fn fork(name: &str, state: State, ways: impl IntoIterator<Item = Self>) -> Self {
        let mut fork = Self::of(name, state);
        fork.open.clear();
        for way in ways {
            fork.rejoin(way);
        }
        fork
    }

    /// What comes next. It must take what this chain gives.
    ///
    /// # Panics
    /// When two states have one name: that is a mistake in the flow, which every test of it finds.
    #[must_use]
    pub fn then<P>(mut self, next: impl Into<Chain<O, P>>) -> Chain<I, P> {
        let next = next.into();
        for name in &self.open {
            *self.states[name].next_mut() = Some(next.start_at.clone());
        }
        self.add(next.states);
        Chain { start_at: self.start_at, states: self.states, open: next.open, types: PhantomData }
    }

    /// A side path that starts at `detour` and joins this chain's end again.
    pub(super) fn rejoin<D>(&mut self, detour: Chain<D, O>) {
        self.add(detour.states);
        self.open.extend(detour.open);
    }

    /// The name of the first state.
    pub(super) fn start_at(&self) -> &str {
        &self.start_at
    }

    /// The same states, seen with other types.
    pub(super) fn retyped<J, P>(self) -> Chain<J, P> {
        Chain { start_at: self.start_at, states: self.states, open: self.open, types: PhantomData }
    }

    /// Ends the chain here.
    pub(super) fn close(mut self) -> States {
        let mut needs_end = false;
        for name in &self.open {
            match &mut self.states[name] {
                State::Choice(choice) => {
                    choice.default = Some(DONE.to_owned());
                    needs_end = true;
                }
                state => *state.end_mut() = true,
            }
        }
        if needs_end {
            self.add(IndexMap::from([(DONE.to_owned(), State::Succeed(Box::default()))]));
        }
        States { processor_config: None, start_at: self.start_at, states: self.states }
    }

    fn add(&mut self, states: IndexMap<String, State>) {
        for (name, state) in states {
            let before = self.states.insert(name.clone(), state);
            assert!(before.is_none(), "two states of a flow are named {name}");
        }
    }
}

impl State {
    fn next_mut(&mut self) -> &mut Option<String> {
        match self {
            Self::Task(state) => &mut state.next,
            Self::Map(state) => &mut state.next,
            Self::Parallel(state) => &mut state.next,
            Self::Pass(state) => &mut state.next,
            Self::Wait(state) => &mut state.next,
            Self::Choice(state) => &mut state.default,
            Self::Succeed(_) | Self::Fail(_) => {
                unreachable!("the builder leaves no such state open")
            }
        }
    }

    /// Whether the block ends with this state.
    fn end_mut(&mut self) -> &mut bool {
        match self {
            Self::Task(state) => &mut state.end,
            Self::Map(state) => &mut state.end,
            Self::Parallel(state) => &mut state.end,
            Self::Pass(state) => &mut state.end,
            Self::Wait(state) => &mut state.end,
            Self::Choice(_) | Self::Succeed(_) | Self::Fail(_) => {
                unreachable!("the builder leaves no such state open")
            }
        }
    }
}
