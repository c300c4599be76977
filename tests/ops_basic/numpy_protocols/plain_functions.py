"""Functions written in plain NumPy, as a colleague who has never heard of differentiation writes them."""

import numpy as np

__all__ = ["FUNCTIONS"]


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def gaussian_log_likelihood(mu, sigma, data):
    return np.sum(-0.5 * np.log(2 * np.pi * sigma**2) - (data - mu) ** 2 / (2 * sigma**2))


def multivariate_log_density(mean, covariance, x):
    L = np.linalg.cholesky(covariance)
    z = np.linalg.solve(L, x - mean)
    return -0.5 * np.dot(z, z) - np.sum(np.log(np.diag(L))) - 0.5 * len(x) * np.log(2 * np.pi)


def logistic_loss(w, b, X, y):
    scores = X @ w + b
    return np.mean(np.logaddexp(0.0, scores) - y * scores)


def kalman_step(mean, P, z):
    F, H = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    Q, R = 0.01 * np.eye(2), np.array([[0.5]])
    mean, P = F @ mean, F @ P @ F.T + Q
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    mean = mean + K @ (z - H @ mean)
    P = (np.eye(2) - K @ H) @ P
    return mean, P


def rbf_kernel(X, Y, length):
    squares = np.sum(X**2, 1)[:, None] + np.sum(Y**2, 1)[None, :] - 2 * np.dot(X, Y.T)
    return np.exp(-0.5 * squares / length**2)


def gaussian_process_evidence(X, y, length, noise):
    K = rbf_kernel(X, X, length) + noise * np.eye(len(y))
    _, logdet = np.linalg.slogdet(K)
    return -0.5 * y.T @ np.linalg.solve(K, y) - 0.5 * logdet


def convolution_by_hand(signal, kernel):
    n, k = len(signal), len(kernel)
    windows = np.stack([signal[i : i + n - k + 1] for i in range(k)], axis=1)
    return np.dot(windows, kernel[::-1])


def two_layer_network(w1, b1, w2, x):
    hidden = np.maximum(np.dot(x, w1) + b1, 0)
    return np.tanh(np.dot(hidden, w2))


def layer_norm(x, gain):
    mean, deviation = np.mean(x, axis=-1, keepdims=True), np.std(x, axis=-1, keepdims=True)
    return gain * (x - mean) / (deviation + 1e-5)


def hidden_markov_evidence(log_start, log_transition, log_emission):
    alpha = log_start + log_emission[0]
    for each in log_emission[1:]:
        alpha = np.logaddexp.reduce(alpha[:, None] + log_transition, axis=0) + each
    return np.logaddexp.reduce(alpha)


def runge_kutta(y, rate):
    def field(y):
        return np.array([1.0, -1.0]) * y[::-1] - rate * y

    for _ in range(5):
        k1 = field(y)
        k2 = field(y + 0.05 * k1)
        k3 = field(y + 0.05 * k2)
        k4 = field(y + 0.1 * k3)
        y = y + 0.1 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def power_spectrum(signal):
    spectrum = np.fft.rfft(signal * np.hanning(len(signal)))
    return np.abs(spectrum) ** 2 / np.sum(np.hanning(len(signal)) ** 2)


def ridge_regression(X, y, strength):
    gram = np.einsum("ni,nj->ij", X, X) + strength * np.identity(X.shape[1])
    return np.linalg.solve(gram, np.einsum("ni,n->i", X, y))


def pairwise_distances(X):
    difference = X[:, np.newaxis, :] - X[np.newaxis, :, :]
    i, j = np.triu_indices(len(X), k=1)
    return np.sqrt(np.sum(difference[i, j] ** 2, axis=-1))


def huber(residual, width):
    small = np.abs(residual) <= width
    return np.where(small, 0.5 * residual**2, width * (np.abs(residual) - 0.5 * width)).sum()


def rotation(angles):
    c, s = np.cos(angles), np.sin(angles)
    zero, one = np.zeros_like(c[0]), np.ones_like(c[0])
    z = np.stack([np.stack([c[0], -s[0], zero]), np.stack([s[0], c[0], zero]), np.stack([zero, zero, one])])
    x = np.stack([np.stack([one, zero, zero]), np.stack([zero, c[1], -s[1]]), np.stack([zero, s[1], c[1]])])
    return np.linalg.multi_dot([z, x, z.T])


def black_scholes_like(spot, strike, volatility):
    d = (np.log(spot / strike) + 0.5 * volatility**2) / volatility
    logistic = 1 / (1 + np.exp(-1.702 * d))
    return spot * logistic - strike / (1 + np.exp(-1.702 * (d - volatility)))


def discounted_returns(rewards, discount):
    powers = np.power(discount, np.arange(rewards.size))
    discounted = rewards * powers
    return np.cumsum(discounted[::-1])[::-1] / powers


def spline_energy(points):
    second = np.diff(points, n=2, axis=0)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.sum(np.square(second)) + np.var(lengths) + np.trapezoid(lengths)


def attention(q, k, v):
    scores = np.matmul(q, np.swapaxes(k, -1, -2)) / np.sqrt(q.shape[-1])
    mask = np.tril(np.ones(scores.shape, dtype=bool))
    return np.matmul(softmax(np.where(mask, scores, -1e9)), v)


_rng = np.random.default_rng(3)


def _matrix(*shape):
    return _rng.uniform(0.5, 1.5, shape) * _rng.choice([-1.0, 1.0], shape)


def _definite(n):
    root = _rng.normal(size=(n, n))
    return root @ root.T + n * np.eye(n)


FUNCTIONS = {
    softmax: (_matrix(2, 4),),
    gaussian_log_likelihood: (0.3, 1.2, _matrix(5)),
    multivariate_log_density: (_matrix(3), _definite(3), _matrix(3)),
    logistic_loss: (_matrix(3), 0.2, _matrix(5, 3), np.array([0.0, 1.0, 1.0, 0.0, 1.0])),
    kalman_step: (_matrix(2), _definite(2), np.array([0.7])),
    rbf_kernel: (_matrix(4, 2), _matrix(3, 2), 1.3),
    gaussian_process_evidence: (_matrix(5, 2), _matrix(5), 0.9, 0.3),
    convolution_by_hand: (_matrix(8), _matrix(3)),
    two_layer_network: (_matrix(3, 4), _matrix(4), _matrix(4, 2), _matrix(5, 3)),
    layer_norm: (_matrix(3, 5), _matrix(5)),
    hidden_markov_evidence: (_matrix(3), _matrix(3, 3), _matrix(6, 3)),
    runge_kutta: (_matrix(2), 0.4),
    rosenbrock: (_matrix(5),),
    power_spectrum: (_matrix(9),),
    ridge_regression: (_matrix(6, 3), _matrix(6), 0.5),
    pairwise_distances: (_matrix(5, 3),),
    huber: (3 * _matrix(8), 1.7),
    rotation: (_matrix(2),),
    black_scholes_like: (np.array([1.0, 1.2, 0.9]), 1.05, 0.3),
    discounted_returns: (_matrix(6), 0.9),
    spline_energy: (_matrix(6, 2),),
    attention: (_matrix(2, 4, 3), _matrix(2, 4, 3), _matrix(2, 4, 3)),
}
"""Each function with arguments."""
