"""What delivery needs: how far projects are set up, and what they earn."""
