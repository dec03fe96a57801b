"""Write-offs: what fell due and is given up, and what is put back."""
