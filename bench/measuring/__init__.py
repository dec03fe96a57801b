"""What every benchmark needs: rounds, figures, children, load."""
