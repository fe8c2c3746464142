"""An LSTM layer written out, for the activations that torch's own does not have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from workbench_lstm._activations import ACTIVATIONS, Activation


class WrittenOutLSTM(nn.Module):
    """One LSTM layer whose candidates and outputs are squashed by any activation; the gates stay sigmoid.

    Its parameters have the names, the layout and the initial distribution of those of `torch.nn.LSTM`, and are drawn in
    the same order, so that with `tanh` it is the same layer.

    Parameters
    ----------
    n_inputs : int
        Columns of the input.
    units : int
        Width of the state.
    activation : str
        One of `ACTIVATIONS`.

    Notes
    -----
    With inputs x, state h, cell c and activation a [1]_, [2]_::

        i, f, o = sigmoid(W x + R h + b)        g = a(W x + R h + b), rows of their own each
        c' = f * c + i * g                      h' = o * a(c')

    References
    ----------
    .. [1] Hochreiter & Schmidhuber (1997), "Long Short-Term Memory", *Neural Computation* 9.
    .. [2] Gers, Schmidhuber & Cummins (2000), "Learning to Forget", *Neural Computation* 12: the gate f.
    """

    def __init__(self, n_inputs: int, units: int, activation: str) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        self.weight_ih_l0 = nn.Parameter(torch.empty(4 * units, n_inputs))  # rows of i, f, g and o, in this order
        self.weight_hh_l0 = nn.Parameter(torch.empty(4 * units, units))
        self.bias_ih_l0 = nn.Parameter(torch.empty(4 * units))
        self.bias_hh_l0 = nn.Parameter(torch.empty(4 * units))
        bound = 1 / math.sqrt(units)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Map inputs (B, L, F) to the states of all bars (B, L, H), and the last one (B, H)."""
        bias = self.bias_ih_l0 + self.bias_hh_l0  # (4H,)
        # W x + b of all bars at once: one large product is faster than L small ones
        from_inputs = nn.functional.linear(inputs.transpose(0, 1), self.weight_ih_l0, bias)  # (L, B, 4H)
        states: Tensor = _Recurrence.apply(from_inputs, self.weight_hh_l0, self.activation)  # type: ignore[no-untyped-call]
        return states.transpose(0, 1), states[-1]  # (L, B, H) -> (B, L, H), (B, H)


class _Recurrence(torch.autograd.Function):
    """The loop over bars, and its derivative.

    Left to itself, torch would record every operation of every bar, which takes longer than doing them. All that the
    derivative needs from the forward pass is computed for all bars at once; only the chain from bar to bar is a loop.
    """

    @staticmethod
    def forward(ctx: Any, from_inputs: Tensor, weight: Tensor, activation: Activation) -> Tensor:
        """Map W x + b (L, B, 4H) and R (4H, H) to states (L, B, H)."""
        units = weight.shape[1]
        gates = from_inputs.clone()  # (L, B, 4H): first the sums W x + R h + b, then i, f and o
        candidates, cells, states = gates.new_empty(3, *gates.shape[:2], units).unbind()  # (L, B, H) each
        recurrent = weight.t()  # (H, 4H)
        state = cell = gates.new_zeros(gates.shape[1], units)  # (B, H)
        views = (gates, *gates.chunk(4, dim=2), candidates, cells, states)
        for sums, i, f, sum_of_g, o, g, next_cell, next_state in _in_time(*views):
            sums.addmm_(state, recurrent)  # (B, 4H)
            g.copy_(activation(sum_of_g))  # (B, H)
            sums.sigmoid_()  # of all four at once, which is faster than of three
            cell = torch.mul(f, cell, out=next_cell).addcmul_(i, g)  # (B, H)
            state = torch.mul(o, activation(cell), out=next_state)  # (B, H)
        ctx.activation = activation
        ctx.save_for_backward(gates, candidates, cells, states, weight)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_states: Tensor) -> tuple[Tensor, Tensor, None]:
        """Map the derivative of the loss by the states (L, B, H) to those by W x + b and by R."""
        gates, g, cells, states, weight = ctx.saved_tensors
        i, f, _, o = gates.chunk(4, dim=2)  # (L, B, H) each
        squashed = ctx.activation(cells)
        cells_before = torch.cat([torch.zeros_like(cells[:1]), cells[:-1]])
        # by how much the cell moves with the sums of i, f and g, and the state with that of o, and with the cell
        cell_by_sums = torch.stack([g * i * (1 - i), cells_before * f * (1 - f), i * ctx.activation.slope(g)], dim=2)
        state_by_sum = squashed * o * (1 - o)  # (L, B, H); cell_by_sums (L, B, 3, H)
        state_by_cell = o * ctx.activation.slope(squashed)  # (L, B, H)

        grad_sums = torch.empty_like(gates)  # (L, B, 4H)
        each_sum = grad_sums.view(*cells.shape[:2], 4, cells.shape[2])  # (L, B, 4, H), the same memory
        views = (
            grad_sums,
            each_sum[:, :, :3],
            each_sum[:, :, 3],
            grad_states,
            cell_by_sums,
            state_by_sum,
            state_by_cell,
            f,
        )
        later = torch.zeros_like(gates[0])  # by the sums of the next bar (B, 4H)
        grad_cell = torch.zeros_like(cells[0])  # (B, H)
        for sums, to_cell, to_state, grad_output, by_sums, by_sum, by_cell, forget in _backward_in_time(*views):
            grad_state = torch.addmm(grad_output, later, weight)  # (B, H)
            grad_cell = torch.addcmul(grad_cell, grad_state, by_cell)  # (B, H)
            torch.mul(by_sums, grad_cell[:, None], out=to_cell)  # (B, 3, H)
            torch.mul(by_sum, grad_state, out=to_state)  # (B, H)
            grad_cell = grad_cell * forget  # (B, H), by the cell of the bar before
            later = sums
        grad_weight = grad_sums[1:].flatten(0, 1).t() @ states[:-1].flatten(0, 1)  # (4H, H)
        return grad_sums, grad_weight, None


def _in_time(*parts: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Go through tensors (L, ...) bar by bar; all views are made at once, which is faster than one by one."""
    return zip(*(part.unbind() for part in parts), strict=True)


def _backward_in_time(*parts: Tensor) -> Iterator[tuple[Tensor, ...]]:
    return zip(*(part.unbind()[::-1] for part in parts), strict=True)
