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
        r"\lvert \mathrm{KL}(p\,\|\,q) - \mathrm{KL}(q\,\|\,p) \rvert > 0 \quad\text{for } p = \mathcal{N}(0, "
        r"1),\; q = \mathcal{N}(1, 1.5^2)"
    ),
    "kl.infinite": (
        r"p \not\ll q \;\text{ or tails of } p \text{ too heavy for } q \implies \mathrm{KL}(p\,\|\,q) = \infty"
    ),
    "kl.closed-forms": (
        r"\mathrm{KL}\bigl(\mathcal{N}(\mu_1, \sigma_1^2)\,\|\,\mathcal{N}(\mu_2, \sigma_2^2)\bigr) = "
        r"\log\frac{\sigma_2}{\sigma_1} + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2\sigma_2^2} - \frac12, "
        r"\quad\text{and so on}"
    ),
    "js.bounds": (
        r"0 \le \mathrm{JSD}(p\,\|\,q) \le \log 2, \qquad \mathrm{JSD} = 0 \iff p = q, \quad \mathrm{JSD} = \log "
        r"2 \iff p \perp q"
    ),
    "js.symmetric": r"\mathrm{JSD}(p\,\|\,q) = \mathrm{JSD}(q\,\|\,p)",
    "js.entropy-form": r"\mathrm{JSD}(p\,\|\,q) = H(m) - \tfrac12 H(p) - \tfrac12 H(q), \qquad m = \tfrac12 (p + q)",
    "js.mutual-information": (
        r"\mathrm{JSD}(p\,\|\,q) = I(X; Y), \qquad Y \sim \text{Bernoulli}(\tfrac12), \quad X \mid Y = 1 \sim p, "
        r"\quad X \mid Y = 0 \sim q"
    ),
    "js.metric": r"\sqrt{\mathrm{JSD}(p\,\|\,q)} \le \sqrt{\mathrm{JSD}(p\,\|\,r)} + \sqrt{\mathrm{JSD}(r\,\|\,q)}",
    "js.data-processing": r"\mathrm{JSD}(T_\# p\,\|\,T_\# q) \le \mathrm{JSD}(p\,\|\,q)",
    "js.total-variation": (
        r"\varphi(\mathrm{TV}) \le \mathrm{JSD} \le \mathrm{TV} \cdot \log 2, \qquad \varphi(\delta) = \tfrac12 "
        r"(1 + \delta) \log(1 + \delta) + \tfrac12 (1 - \delta) \log(1 - \delta)"
    ),
    "js.local": (
        r"\mathrm{JSD}(p\,\|\,p + \varepsilon h) = \frac{\varepsilon^2}{8} \int \frac{h^2}{p}\,d\mu + "
        r"O(\varepsilon^3)"
    ),
    "js.instance-noise": (
        r"\mathrm{JSD}(p * N_s\,\|\,q * N_s) \le \min\left(\frac{W_2(p, q)^2}{8 s^2},\; \frac{W_1(p, q) \log 2}{s "
        r"\sqrt{2\pi}}\right), \qquad N_s = \mathcal{N}(0, s^2)"
    ),
    "js.cauchy-game": (
        r"\mathrm{JSD} = \log\frac{2\sqrt{2 + \chi}}{\sqrt{2 + \chi} + \sqrt2}, \qquad \chi = \frac{(x_1 - x_2)^2 "
        r"+ (\gamma_1 - \gamma_2)^2}{2 \gamma_1 \gamma_2}"
    ),
    # the value function
    "value.pushforward": (
        r"\mathbb{E}_{z}[h(G(z))] = \int h\, p_g\, d\mu, \qquad p_g(x) = \sum_{z:\, G(z) = x} "
        r"\frac{p_z(z)}{\lvert G'(z) \rvert}"
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
        r"\max_{y \in [0, 1]} \bigl( a \log y + b \log(1 - y) \bigr) \;\text{ is attained at }\; y = \frac{a}{a + "
        r"b}, \qquad a, b \ge 0, \; a + b > 0"
    ),
    "prop1.optimal-discriminator": (
        r"V(G, D^*_G) \ge V(G, D) \quad\text{for every } D, \qquad D^*_G(x) = "
        r"\frac{p_{\mathrm{data}}(x)}{p_{\mathrm{data}}(x) + p_g(x)}"
    ),
    "prop1.gap": r"V(G, D^*) - V(G, D) = \int (p_{\mathrm{data}} + p_g)\, \mathrm{kl}(D^*\,\|\,D)\, d\mu",
    "prop1.posterior": r"D^*(x) = P(\text{real} \mid x) = \sigma\bigl( \log p_{\mathrm{data}}(x) - \log p_g(x) \bigr)",
    "prop1.off-support": r"D = D' \;\text{ where } p_{\mathrm{data}} + p_g > 0 \implies V(G, D) = V(G, D')",
    # Theorem 1
    "thm1.criterion": (
        r"C(G) = \max_D V(G, D) = "
        r"\mathbb{E}_{p_{\mathrm{data}}}\left[\log\frac{p_{\mathrm{data}}}{p_{\mathrm{data}} + p_g}\right] + "
        r"\mathbb{E}_{p_g}\left[\log\frac{p_g}{p_{\mathrm{data}} + p_g}\right]"
    ),
    "thm1.kl-form": (
        r"C(G) = -\log 4 + \mathrm{KL}(p_{\mathrm{data}}\,\|\,m) + \mathrm{KL}(p_g\,\|\,m), \qquad m = \tfrac12 "
        r"(p_{\mathrm{data}} + p_g)"
    ),
    "thm1.jsd-form": r"C(G) = -\log 4 + 2\,\mathrm{JSD}(p_{\mathrm{data}}\,\|\,p_g)",
    "thm1.global-minimum": r"C(G) \ge -\log 4, \qquad C(G) = -\log 4 \iff p_g = p_{\mathrm{data}}",
    "thm1.stability": (
        r"C(G) + \log 4 \ge 2\varphi(\mathrm{TV}(p_{\mathrm{data}}, p_g)) \ge \mathrm{TV}(p_{\mathrm{data}}, "
        r"p_g)^2"
    ),
    "thm1.maximum": r"C(G) \le 0, \qquad C(G) = 0 \iff p_{\mathrm{data}} \perp p_g",
    "thm1.saddle": r"\max_D \inf_{p_g} V = \min_{p_g} \max_D V = -\log 4, \qquad \inf_{G, D} V = -\infty",
    # Proposition 2
    "prop2.convex": (
        r"C(q') - C(q) - \int g\,(q' - q)\, d\mu = \mathrm{KL}(q'\,\|\,q) - 2\,\mathrm{KL}(m'\,\|\,m) \ge 0, "
        r"\qquad g = \log(1 - D^*)"
    ),
    "prop2.gradient": (
        r"\left.\frac{d}{d\varepsilon} C(q + \varepsilon h)\right|_{\varepsilon = 0} = \int h \log(1 - D^*)\, d\mu"
    ),
    "prop2.relative-smoothness": (
        r"C(q') \le C(q) + \int g\,(q' - q)\, d\mu + \mathrm{KL}(q'\,\|\,q), \qquad g = \log(1 - D^*)"
    ),
    "prop2.mirror-descent": (
        r"q_{t+1} \propto q_t\,(1 - D^*_t)^{-\eta} \implies C(q_{t+1}) \le C(q_t), \qquad C(q_t) + \log 4 \le "
        r"\frac{\mathrm{KL}(p_{\mathrm{data}}\,\|\,q_0)}{\eta t}, \qquad 0 < \eta \le 1"
    ),
    "prop2.linear-rate": (
        r"\mathrm{KL}(p\,\|\,q_t) \le \left(1 - \frac{\eta}{2}\right)^{t} \mathrm{KL}(p\,\|\,q_0), \qquad C(q) + "
        r"\log 4 \le \log 2 \cdot \mathrm{KL}(p\,\|\,q)"
    ),
    "prop2.fisher-rao-flow": (
        r"\partial_t q = -q\,(g - \mathbb{E}_q[g]) \implies \frac{dC}{dt} = -\mathrm{Var}_q[g], \qquad "
        r"\mathrm{KL}(p\,\|\,q_t) \le 2^{-t}\, \mathrm{KL}(p\,\|\,q_0)"
    ),
    "prop2.wasserstein-flow": (
        r"\partial_t q = \partial_x(q\, \partial_x g) \implies \frac{dC}{dt} = -\mathbb{E}_q\bigl[ \lvert "
        r"\partial_x g \rvert^2 \bigr], \qquad g = \log(1 - D^*)"
    ),
    "prop2.repaired": (
        r"C(q_t) + \log 4 \le \prod_{s < t} \left(1 - \frac{\kappa_s}{2}\right) (C(q_0) + \log 4), \qquad \sum_t "
        r"\kappa_t = \infty \implies C(q_t) \to -\log 4"
    ),
    "prop2.envelope": r"\nabla_\theta V(G_\theta, D)\big|_{D = D^*} = \nabla_\theta C(G_\theta)",
    "prop2.edges": (
        r"\nabla_\theta C = \underbrace{\mathbb{E}_q[v\, \partial_x g]}_{\text{pathwise}} + \sum_{e} \pm\, p(e) "
        r"\log D^*(e)\, \frac{de}{d\theta} + \sum_{j} q\, v\, (g^+ - g^-)"
    ),
    "prop2.parametric": (
        r"\inf_\theta C(G_\theta) = -\log 4 + 2 \min_\theta \mathrm{JSD}(p_{\mathrm{data}}\,\|\,p_\theta), \qquad "
        r"= -\log 4 \;\text{ where the family holds } p_{\mathrm{data}}"
    ),
    "prop2.log-concave": (
        r"p \text{ log-concave}, \; q_\theta(x) = p(x - \theta) \implies \theta \cdot \frac{d}{d\theta} "
        r"C(q_\theta) > 0 \quad (\theta \ne 0)"
    ),
    "prop2.capacity-price": (
        r"\min_{q \text{ on } S} C(q) = a \log a - (1 + a) \log(1 + a), \qquad a = p_{\mathrm{data}}(S), \quad "
        r"\text{at } q = p_{\mathrm{data}}(\,\cdot \mid S)"
    ),
    "prop2.neural": (
        r"\frac{\#\{\text{seeds with } 2\,\mathrm{JSD}(p_{\mathrm{data}}\,\|\,p_g) \le 0.02 \text{ at the "
        r"end}\}}{\#\{\text{seeds}\}} > \frac12"
    ),
    "prop2.step-identity": (
        r"C(q_{t+1}) - C(q_t) - \int g_t\,(q_{t+1} - q_t)\, d\mu = \mathrm{KL}(q_{t+1}\,\|\,q_t) - "
        r"2\,\mathrm{KL}(m_{t+1}\,\|\,m_t)"
    ),
    "prop2.hypotheses": r"\#\{\text{runs, each broken in H1, H2, H3 or nothing, that are read otherwise}\} = 0",
    # practice
    "alg1.gradients": (
        r"\frac{\partial V}{\partial \theta_i} = \lim_{h \to 0} \frac{\operatorname{Im} V(\theta + \mathrm{i} h "
        r"e_i)}{h} \quad\text{is what backpropagation gives}"
    ),
    "alg1.saturation": (
        r"\lvert \partial \log(1 - D) \rvert = D\, \lvert \partial a \rvert, \qquad \lvert \partial \log D \rvert "
        r"= (1 - D)\, \lvert \partial a \rvert, \qquad D = \sigma(a)"
    ),
    "alg1.non-saturating": (
        r"\nabla_\theta\, \mathbb{E}_z[-\log D^*(G_\theta(z))] = \nabla_\theta \bigl( "
        r"\mathrm{KL}(p_g\,\|\,p_{\mathrm{data}}) - 2\,\mathrm{JSD} \bigr) = \nabla_\theta\, "
        r"2\,\mathrm{KL}(m\,\|\,p_{\mathrm{data}})"
    ),
    "alg1.own-loss": (
        r"\nabla_\theta\, \mathbb{E}_z[\ell(D^*(G_\theta(z)))] = \nabla_\theta \int p\, "
        r"F\left(\frac{p_g}{p}\right) d\mu, \qquad F'(w) = \ell\left(\frac{1}{1 + w}\right)"
    ),
    "alg1.vanishing": (
        r"\operatorname{dist}(\operatorname{supp} p_{\mathrm{data}}, \operatorname{supp} p_g) > 0 \implies "
        r"\mathrm{JSD} = \log 2, \quad V(G, D^*) = 0, \quad \nabla_x D^* = 0 \;\text{ on } \operatorname{supp} p_g"
    ),
    "dirac.eigenvalues": (
        r"\lambda = \pm\tfrac{\mathrm{i}}{2}, \qquad \lvert 1 + h\lambda \rvert = \sqrt{1 + \tfrac{h^2}{4}} > 1 "
        r"\;\text{(simultaneous)}, \qquad \lvert \mu \rvert = 1 \;\text{(alternating)}"
    ),
    # other objectives
    "objective.minimax": (
        r"(\log D,\; \log(1 - D)) \implies D^* = \frac{p}{p + p_g}, \qquad C = -\log 4 + "
        r"2\,\mathrm{JSD}(p\,\|\,p_g)"
    ),
    "objective.f-gan": (
        r"D_f(p\,\|\,p_g) = \max_T \bigl( \mathbb{E}_p[T] - \mathbb{E}_{p_g}[f^*(T)] \bigr), \qquad T^* = "
        r"f'\left(\frac{p}{p_g}\right)"
    ),
    "objective.least-squares": (
        r"\tfrac12 \mathbb{E}_p[(D^* - c)^2] + \tfrac12 \mathbb{E}_{p_g}[(D^* - c)^2] = \frac12 \int \frac{(p - "
        r"p_g)^2}{p + p_g}\, d\mu, \qquad b - c = 1, \; b - a = 2"
    ),
    "objective.hinge": (
        r"\max_D \int \bigl( p\, \min(0, D - 1) + p_g\, \min(0, -D - 1) \bigr)\, d\mu = -2 + 2\,\mathrm{TV}(p, "
        r"p_g)"
    ),
    "objective.wasserstein": (
        r"W_1(p, p_g) = \int \lvert F_p - F_{p_g} \rvert\, dx = \max_{\lvert D' \rvert \le 1} \bigl( "
        r"\mathbb{E}_p[D] - \mathbb{E}_{p_g}[D] \bigr)"
    ),
    # extensions
    "latent.inversion": r"P(z_i \mid x) = \frac{p_z(z_i) / \lvert G'(z_i) \rvert}{p_g(x)}",
}
