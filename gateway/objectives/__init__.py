"""What watches over the objectives: rules, alerts, runbooks and dashboards, made from them."""
