r"""The claims' own formulas, for a typesetter: LaTeX in the paper's notation, by the claim's id.

Throughout :math:`p = p_{\mathrm{data}}` and :math:`q = p_g` where a formula has room for one letter only,
:math:`m = \tfrac12 (p + q)`, and :math:`\mathrm{kl}` is the divergence of two Bernoulli laws. What a formula leaves
out (a limit in words, further methods, further families) is in the claim's title and its statements.
"""

from __future__ import annotations

__all__ = ["FORMULAS"]

FORMULAS: dict[str, str] = {
    # divergences
    "kl.nonnegative": r"\mathrm{KL}(p\,\|\,q) \ge 0, \qquad \mathrm{KL}(p\,\|\,q) = 0 \iff p = q",
    "kl.discrete-limit": (
        r"\sum_i P_i \log\frac{P_i}{Q_i} \;\nearrow\; \mathrm{KL}(p\,\|\,q) \quad\text{as the cells are refined}"
    ),
    "kl.cross-entropy": r"H(p, q) = H(p) + \mathrm{KL}(p\,\|\,q)",
    "kl.asymmetric": (
        r"\left\lvert \mathrm{KL}(p\,\|\,q) - \mathrm{KL}(q\,\|\,p) \right\rvert > 0 \quad\text{for } p "
        r"= \mathcal{N}(0, 1),\; q = \mathcal{N}(1, 1.5^2)"
    ),
    "kl.infinite": (
        r"p(A) > 0 = q(A) \;\text{ or tails of } p \text{ too heavy for } q \implies \mathrm{KL}(p\,\|\,q) "
        r"= \infty"
    ),
    "kl.closed-forms": (
        r"\mathrm{KL}\bigl(\mathcal{N}(\mu_1, \sigma_1^2)\,\|\,\mathcal{N}(\mu_2, \sigma_2^2)\bigr) "
        r"= \log\frac{\sigma_2}{\sigma_1} + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2\sigma_2^2} "
        r"- \frac12, \quad\text{and so on}"
    ),
    "js.bounds": (
        r"0 \le \mathrm{JSD}(p\,\|\,q) \le \log 2, \qquad "
        r"\mathrm{JSD} = 0 \iff p = q, \quad \mathrm{JSD} = \log 2 \iff p \perp q"
    ),
    "js.symmetric": r"\mathrm{JSD}(p\,\|\,q) = \mathrm{JSD}(q\,\|\,p)",
    "js.entropy-form": r"\mathrm{JSD}(p\,\|\,q) = H(m) - \tfrac12 H(p) - \tfrac12 H(q), \qquad m = \tfrac12 (p + q)",
    "js.mutual-information": (
        r"\mathrm{JSD}(p\,\|\,q) = I(X; Y), \qquad "
        r"Y \sim \text{Bernoulli}(\tfrac12), \quad X \mid Y = 1 \sim p, \quad X \mid Y = 0 \sim q"
    ),
    "js.metric": r"\sqrt{\mathrm{JSD}(p\,\|\,q)} \le \sqrt{\mathrm{JSD}(p\,\|\,r)} + \sqrt{\mathrm{JSD}(r\,\|\,q)}",
    "js.data-processing": r"\mathrm{JSD}(T_\# p\,\|\,T_\# q) \le \mathrm{JSD}(p\,\|\,q)",
    "js.total-variation": (
        r"\varphi(\mathrm{TV}) \le \mathrm{JSD} \le \mathrm{TV} \cdot \log 2, \qquad "
        r"\varphi(\delta) = \tfrac12 (1 + \delta) \log(1 + \delta) + \tfrac12 (1 - \delta) \log(1 - \delta)"
    ),
    "js.local": (
        r"\mathrm{JSD}(p\,\|\,p + \varepsilon h) = \frac{\varepsilon^2}{8} \int \frac{h^2}{p}\,d\mu "
        r"+ O(\varepsilon^3)"
    ),
    "js.instance-noise": (
        r"\mathrm{JSD}(p * N_s\,\|\,q * N_s) "
        r"\le \min\left(\frac{W_2(p, q)^2}{8 s^2},\; \frac{W_1(p, q) \log 2}{s \sqrt{2\pi}}\right), \qquad "
        r"N_s = \mathcal{N}(0, s^2)"
    ),
    "js.cauchy-game": (
        r"\mathrm{JSD} = \log\frac{2\sqrt{2 + \chi}}{\sqrt{2 + \chi} + \sqrt2}, \qquad "
        r"\chi = \frac{(x_1 - x_2)^2 + (\gamma_1 - \gamma_2)^2}{2 \gamma_1 \gamma_2}"
    ),
    # the value function
    "value.pushforward": (
        r"\mathbb{E}_{z}[h(G(z))] = \int h\, p_g\, d\mu, \qquad "
        r"p_g(x) = \sum_{z:\, G(z) = x} \frac{p_z(z)}{\left\lvert G'(z) \right\rvert}"
    ),
    "value.integral-form": r"V(G, D) = \int \bigl( p_{\mathrm{data}}(x) \log D(x) + p_g(x) \log(1 - D(x)) \bigr)\, dx",
    "value.nonpositive": r"V(G, D) \le 0",
    "value.constant-half": r"D \equiv \tfrac12 \implies V(G, D) = -\log 4 \quad\text{for every } G",
    "value.cross-entropy": r"V(G, D) = -2\,\mathrm{BCE}(D)",
    "value.minibatch": (
        r"\mathbb{E}\left[\frac1m \sum_{i=1}^m \bigl( \log D(x_i) + \log(1 - D(G(z_i))) \bigr)\right] = V(G, D)"
    ),
    # Proposition 1
    "prop1.pointwise": (
        r"\max_{y \in [0, 1]} \bigl( a \log y + b \log(1 - y) \bigr) \;\text{ is attained at }\; y "
        r"= \frac{a}{a + b}, \qquad "
        r"a, b \ge 0, \; a + b > 0"
    ),
    "prop1.optimal-discriminator": (
        r"V(G, D^*_G) \ge V(G, D) \quad\text{for every } D, \qquad "
        r"D^*_G(x) = \frac{p_{\mathrm{data}}(x)}{p_{\mathrm{data}}(x) + p_g(x)}"
    ),
    "prop1.gap": r"V(G, D^*) - V(G, D) = \int (p_{\mathrm{data}} + p_g)\, \mathrm{kl}(D^*\,\|\,D)\, d\mu",
    "prop1.posterior": r"D^*(x) = P(\text{real} \mid x) = \sigma\bigl( \log p_{\mathrm{data}}(x) - \log p_g(x) \bigr)",
    "prop1.off-support": r"D = D' \;\text{ where } p_{\mathrm{data}} + p_g > 0 \implies V(G, D) = V(G, D')",
    # Theorem 1
    "thm1.criterion": (
        r"C(G) = \max_D V(G, D) "
        r"= \mathbb{E}_{p_{\mathrm{data}}}\left[\log\frac{p_{\mathrm{data}}}{p_{\mathrm{data}} + p_g}\right] "
        r"+ \mathbb{E}_{p_g}\left[\log\frac{p_g}{p_{\mathrm{data}} + p_g}\right]"
    ),
    "thm1.kl-form": (
        r"C(G) = -\log 4 + \mathrm{KL}(p_{\mathrm{data}}\,\|\,m) + \mathrm{KL}(p_g\,\|\,m), \qquad "
        r"m = \tfrac12 (p_{\mathrm{data}} + p_g)"
    ),
    "thm1.jsd-form": r"C(G) = -\log 4 + 2\,\mathrm{JSD}(p_{\mathrm{data}}\,\|\,p_g)",
    "thm1.global-minimum": r"C(G) \ge -\log 4, \qquad C(G) = -\log 4 \iff p_g = p_{\mathrm{data}}",
    "thm1.stability": (
        r"C(G) + \log 4 \ge 2\varphi(\mathrm{TV}(p_{\mathrm{data}}, p_g)) "
        r"\ge \mathrm{TV}(p_{\mathrm{data}}, p_g)^2"
    ),
    "thm1.maximum": r"C(G) \le 0, \qquad C(G) = 0 \iff p_{\mathrm{data}} \perp p_g",
    "thm1.saddle": r"\max_D \inf_{p_g} V = \min_{p_g} \max_D V = -\log 4, \qquad \inf_{G, D} V = -\infty",
    # Proposition 2
    "prop2.convex": (
        r"C(q') - C(q) - \int g\,(q' - q)\, d\mu = \mathrm{KL}(q'\,\|\,q) - 2\,\mathrm{KL}(m'\,\|\,m) "
        r"\ge 0, \qquad "
        r"g = \log(1 - D^*)"
    ),
    "prop2.gradient": (
        r"\left.\frac{d}{d\varepsilon} C(q + \varepsilon h)\right|_{\varepsilon = 0} = \int h \log(1 - D^*)\, d\mu"
    ),
    "prop2.relative-smoothness": (
        r"C(q') \le C(q) + \int g\,(q' - q)\, d\mu + \mathrm{KL}(q'\,\|\,q), \qquad "
        r"g = \log(1 - D^*)"
    ),
    "prop2.mirror-descent": (
        r"q_{t+1} \propto q_t\,(1 - D^*_t)^{-\eta} \implies C(q_{t+1}) \le C(q_t), \qquad "
        r"C(q_t) + \log 4 \le \frac{\mathrm{KL}(p_{\mathrm{data}}\,\|\,q_0)}{\eta t}, \qquad "
        r"0 < \eta \le 1"
    ),
    "prop2.linear-rate": (
        r"\mathrm{KL}(p\,\|\,q_t) \le \left(1 - \frac{\eta}{2}\right)^{t} \mathrm{KL}(p\,\|\,q_0), \qquad "
        r"C(q) + \log 4 \le \log 2 \cdot \mathrm{KL}(p\,\|\,q)"
    ),
    "prop2.fisher-rao-flow": (
        r"\partial_t q = -q\,(g - \mathbb{E}_q[g]) \implies \frac{dC}{dt} = -\mathrm{Var}_q[g], \qquad "
        r"\mathrm{KL}(p\,\|\,q_t) \le 2^{-t}\, \mathrm{KL}(p\,\|\,q_0)"
    ),
    "prop2.wasserstein-flow": (
        r"\partial_t q = \partial_x(q\, \partial_x g) \implies \frac{dC}{dt} "
        r"= -\mathbb{E}_q\bigl[ \left\lvert \partial_x g \right\rvert^2 \bigr], \qquad "
        r"g = \log(1 - D^*)"
    ),
    "prop2.repaired": (
        r"C(q_t) + \log 4 \le \prod_{s < t} \left(1 - \frac{\kappa_s}{2}\right) (C(q_0) + \log 4), \qquad "
        r"\sum_t \kappa_t = \infty \implies C(q_t) \to -\log 4"
    ),
    "prop2.envelope": r"\nabla_\theta V(G_\theta, D)\big|_{D = D^*} = \nabla_\theta C(G_\theta)",
    "prop2.edges": (
        r"\nabla_\theta C = \mathbb{E}_q[v\, \partial_x g] "
        r"+ \sum_{e} \pm\, p(e) \log D^*(e)\, \frac{de}{d\theta} + \sum_{j} q\, v\, (g^+ - g^-)"
    ),
    "prop2.parametric": (
        r"\inf_\theta C(G_\theta) = -\log 4 + 2 \min_\theta \mathrm{JSD}(p_{\mathrm{data}}\,\|\,p_\theta), \qquad "
        r"= -\log 4 \;\text{ where the family holds } p_{\mathrm{data}}"
    ),
    "prop2.log-concave": (
        r"p \text{ log-concave}, \; q_\theta(x) = p(x - \theta) "
        r"\implies \theta \cdot \frac{d}{d\theta} C(q_\theta) > 0 \quad (\theta \ne 0)"
    ),
    "prop2.capacity-price": (
        r"\min_{q \text{ on } S} C(q) = a \log a - (1 + a) \log(1 + a), \qquad "
        r"a = p_{\mathrm{data}}(S), \quad \text{at } q = p_{\mathrm{data}}(\,\cdot \mid S)"
    ),
    "prop2.neural": (
        r"\frac{\#\{\text{seeds with } 2\,\mathrm{JSD}(p_{\mathrm{data}}\,\|\,p_g) \le 0.02 \text{ at the "
        r"end}\}}{\#\{\text{seeds}\}} > \frac12"
    ),
    "prop2.step-identity": (
        r"C(q_{t+1}) - C(q_t) - \int g_t\,(q_{t+1} - q_t)\, d\mu = \mathrm{KL}(q_{t+1}\,\|\,q_t) "
        r"- 2\,\mathrm{KL}(m_{t+1}\,\|\,m_t)"
    ),
    "prop2.hypotheses": r"\#\{\text{runs, each broken in H1, H2, H3 or nothing, that are read otherwise}\} = 0",
    # practice
    "alg1.gradients": (
        r"\frac{\partial V}{\partial \theta_i} "
        r"= \lim_{h \to 0} \frac{\operatorname{Im} V(\theta + \mathrm{i} h e_i)}{h} "
        r"\quad\text{is what backpropagation gives}"
    ),
    "alg1.saturation": (
        r"\left\lvert \partial \log(1 - D) \right\rvert = D\, \left\lvert \partial a \right\rvert, \qquad "
        r"\left\lvert \partial \log D \right\rvert = (1 - D)\, \left\lvert \partial a \right\rvert, \qquad "
        r"D = \sigma(a)"
    ),
    "alg1.non-saturating": (
        r"\nabla_\theta\, \mathbb{E}_z[-\log D^*(G_\theta(z))] "
        r"= \nabla_\theta \bigl( \mathrm{KL}(p_g\,\|\,p_{\mathrm{data}}) - 2\,\mathrm{JSD} \bigr) "
        r"= \nabla_\theta\, 2\,\mathrm{KL}(m\,\|\,p_{\mathrm{data}})"
    ),
    "alg1.own-loss": (
        r"\nabla_\theta\, \mathbb{E}_z[\ell(D^*(G_\theta(z)))] "
        r"= \nabla_\theta \int p\, F\left(\frac{p_g}{p}\right) d\mu, \qquad "
        r"F'(w) = \ell\left(\frac{1}{1 + w}\right)"
    ),
    "alg1.vanishing": (
        r"\operatorname{dist}(\operatorname{supp} p_{\mathrm{data}}, \operatorname{supp} p_g) > 0 "
        r"\implies \mathrm{JSD} = \log 2, \quad V(G, D^*) = 0, \quad \nabla_x D^* "
        r"= 0 \;\text{ on } \operatorname{supp} p_g"
    ),
    "dirac.eigenvalues": (
        r"\lambda = \pm\tfrac{\mathrm{i}}{2}, \qquad "
        r"\left\lvert 1 + h\lambda \right\rvert = \sqrt{1 + \tfrac{h^2}{4}} > 1 \;\text{(simultaneous)}, \qquad "
        r"\left\lvert \mu \right\rvert = 1 \;\text{(alternating)}"
    ),
    # other objectives
    "objective.minimax": (
        r"(\log D,\; \log(1 - D)) \implies D^* = \frac{p}{p + p_g}, \qquad "
        r"C = -\log 4 + 2\,\mathrm{JSD}(p\,\|\,p_g)"
    ),
    "objective.f-gan": (
        r"D_f(p\,\|\,p_g) = \max_T \bigl( \mathbb{E}_p[T] - \mathbb{E}_{p_g}[f^*(T)] \bigr), \qquad "
        r"T^* = f'\left(\frac{p}{p_g}\right)"
    ),
    "objective.least-squares": (
        r"\tfrac12 \mathbb{E}_p[(D^* - c)^2] + \tfrac12 \mathbb{E}_{p_g}[(D^* - c)^2] "
        r"= \frac12 \int \frac{(p - p_g)^2}{p + p_g}\, d\mu, \qquad "
        r"b - c = 1, \; b - a = 2"
    ),
    "objective.hinge": (
        r"\max_D \int \bigl( p\, \min(0, D - 1) + p_g\, \min(0, -D - 1) \bigr)\, d\mu = -2 "
        r"+ 2\,\mathrm{TV}(p, p_g)"
    ),
    "objective.wasserstein": (
        r"W_1(p, p_g) = \int \left\lvert F_p - F_{p_g} \right\rvert\, dx "
        r"= \max_{\left\lvert D' \right\rvert \le 1} \bigl( \mathbb{E}_p[D] - \mathbb{E}_{p_g}[D] \bigr)"
    ),
    # extensions
    "latent.inversion": r"P(z_i \mid x) = \frac{p_z(z_i) / \left\lvert G'(z_i) \right\rvert}{p_g(x)}",
}
